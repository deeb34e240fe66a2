// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/early_stopping.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;
using evomlp_test::same_bits;
using evomlp_test::two_sides;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN(),
             infinity = std::numeric_limits<double>::infinity();

/// After how many epochs of these validation figures it stops; 0: never.
int stops_after(EarlyStopping& stopping, const std::vector<double>& figures) {
  stopping.on_begin({});
  for (std::size_t epoch = 0; epoch < figures.size(); ++epoch) {
    evomlp::detail::Requests requests;
    stopping.on_epoch({.epoch = static_cast<int>(epoch),
                       .loss = 0,
                       .validation_loss = figures[epoch],
                       .accuracy = figures[epoch],
                       .fit = FitHandle(requests)});
    if (!requests.stop) continue;
    CHECK(*requests.stop == StopReason::early_stopping);
    CHECK(requests.stop_message ==
          (stopping.patience == 1 ? "1 epoch" : std::to_string(stopping.patience) + " epochs") +
              " without an improvement");
    return static_cast<int>(epoch) + 1;
  }
  return 0;
}
int stops_after(EarlyStopping&& stopping, const std::vector<double>& figures) { return stops_after(stopping, figures); }

}  // namespace

TEST_CASE("counts epochs in a row without an improvement, as Keras does") {
  CHECK(stops_after({.patience = 1}, {3, 2, 1, 1}) == 4);
  CHECK(stops_after({.patience = 1}, {3, 4}) == 2);
  CHECK(stops_after({.patience = 3}, {3, 4, 4, 2, 3, 3, 1.9, 5, 6, 7}) == 10);
  CHECK(stops_after({.patience = 3}, {3, 4, 4, 2, 3, 3}) == 0);
  CHECK(stops_after({.patience = 2}, {5, 4, 3, 2, 1, 0, -1, -2}) == 0);
  CHECK(stops_after({}, std::vector<double>(11, 1)) == 11);  // the first is an improvement on nothing
  CHECK(stops_after({}, std::vector<double>(10, 1)) == 0);
}

TEST_CASE("an improvement is one by more than min_delta, on the best and not on the last") {
  CHECK(stops_after({.patience = 1, .min_delta = 0.5}, {3, 2, 1.5}) == 3);
  CHECK(stops_after({.patience = 2, .min_delta = 0.5}, {3, 2.75, 2.25, 2, 1.8}) == 5);
  CHECK(stops_after({.patience = 3}, {1, 9, 8, 7}) == 4);
}

TEST_CASE("where larger is better") {
  CHECK(stops_after({.patience = 1, .monitor = Monitor::validation_accuracy}, {0.5, 0.6, 0.6}) == 3);
  CHECK(stops_after({.patience = 1, .min_delta = 0.25, .monitor = Monitor::validation_accuracy}, {0.5, 0.7}) == 2);
  CHECK(stops_after({.patience = 2, .monitor = Monitor::validation_accuracy}, {0.5, 0.4, 0.6, 0.7}) == 0);
}

TEST_CASE("a NaN or infinity is no improvement, also as the first") {
  CHECK(stops_after({.patience = 2}, {1, not_a_number, not_a_number}) == 3);
  CHECK(stops_after({.patience = 2}, {not_a_number, not_a_number}) == 2);
  CHECK(stops_after({.patience = 3}, {not_a_number, infinity, 1, infinity, -infinity, 0}) == 0);
  CHECK(stops_after({.patience = 2}, {1, not_a_number, 0.5, not_a_number}) == 0);
}

TEST_CASE("without its figure it counts nothing") {
  CHECK(stops_after({.patience = 1, .monitor = Monitor::metric("r2")}, {1, 2, 3}) == 0);
}

TEST_CASE("used twice it begins anew") {
  EarlyStopping stopping{.patience = 2};
  CHECK(stops_after(stopping, {1, 2, 2}) == 3);
  CHECK(stops_after(stopping, {9, 8, 9, 9}) == 4);
  CHECK(stops_after(stopping, {9, 9}) == 0);
}

TEST_CASE("invalid settings") {
  const auto refused = [](EarlyStopping stopping) { return message_of<TrainingError>([&] { stopping.on_begin({}); }); };
  CHECK(refused({.patience = 0}) == "EarlyStopping: patience is 0, expected at least 1");
  CHECK(refused({.patience = -1}) == "EarlyStopping: patience is -1, expected at least 1");
  CHECK(refused({.min_delta = -0.5}) == "EarlyStopping: min_delta is -0.5, expected a finite number of at least 0");
  CHECK(refused({.min_delta = not_a_number}).find("EarlyStopping: min_delta is ") == 0);
  CHECK(refused({}) == "(no such exception)");
}

TEST_CASE("in fit: stops, says so, and the best weights come back; the same object in a second fit begins anew") {
  using Net = Sequential<Linear<3, 1>>;
  const auto data = two_sides<float>(40, 3);
  auto opposite = data;  // gets worse from the first epoch on
  for (std::size_t i = 0; i < opposite.size(); ++i) opposite.y(i, 0) = 1 - opposite.y(i, 0);
  EarlyStopping stopping{.patience = 3};
  for (int run = 0; run < 2; ++run) {
    Model<Net> model(init::he_normal(), 1);
    evomlp_test::Recorder<Model<Net>> recorder{&model};
    const History history = fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 0.1},
                                {.epochs = 20, .batch_size = 8, .validation = &opposite}, stopping, recorder);
    CHECK(history.epochs() == 4);
    CHECK(history.stop_reason() == StopReason::early_stopping);
    CHECK(history.stop_message() == "3 epochs without an improvement");
    CHECK(history.best_epoch() == 0);
    CHECK(same_bits(model, recorder.after[0]));
  }
  Model<Net> model(init::he_normal(), 1);
  const Model<Net> before = model;
  CHECK(message_of<TrainingError>([&] { fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1}, stopping); }) ==
        "fit: a scheduler or callback watches a figure of the validation data, but there is none: set .validation, or "
        "watch Monitor::training_loss");
  CHECK(message_of<TrainingError>([&] {
          fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .validation = &data},
              EarlyStopping{.patience = 0});
        }) == "EarlyStopping: patience is 0, expected at least 1");
  CHECK(same_bits(model, before));
}
