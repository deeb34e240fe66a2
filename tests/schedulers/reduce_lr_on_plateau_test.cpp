// SPDX-License-Identifier: MIT
#include "evomlp/schedulers/reduce_lr_on_plateau.hpp"

#include "evomlp/schedulers/step_lr.hpp"
#include "reference/schedules.hpp"
#include "support/close.hpp"
#include "support/schedule.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::difference;
using evomlp_test::message_of;

namespace {

/// The rate of the epoch after each figure. `before` comes first, as fit calls them.
std::vector<double> rates_after(ReduceLROnPlateau scheduler, double lr, std::span<const double> figures,
                                auto... before) {
  evomlp::detail::Extras all(true, before..., scheduler);
  const int epochs = static_cast<int>(figures.size()) + 1;
  all.begin({epochs, 1, 1});
  std::vector<double> result;
  double now = all.lr({0, epochs, 0, 1, lr});
  int nothing = 0;
  for (int epoch = 0; epoch + 1 < epochs; ++epoch) {
    const double figure = figures[static_cast<std::size_t>(epoch)];
    const std::array<MetricValue, 1> metrics{{{"figure", figure, true}}};
    all.epoch({.epoch = epoch, .epochs = epochs, .lr = now, .validation_loss = figure, .metrics = metrics}, nothing,
              nothing);
    now = all.lr({epoch + 1, epochs, 0, 1, lr});
    result.push_back(now);
  }
  return result;
}

ReduceLROnPlateau scheduler_of(const evomlp_reference::PlateauCase& c) {
  return {.factor = c.factor,
          .patience = static_cast<int>(c.patience),
          .threshold = c.threshold,
          .cooldown = static_cast<int>(c.cooldown),
          .min_lr = c.min_lr,
          .monitor = c.larger_is_better ? Monitor::metric("figure") : Monitor::validation_loss};
}

}  // namespace

TEST_CASE("ReduceLROnPlateau agrees with PyTorch") {
  for (const auto& c : evomlp_reference::plateau_cases) {
    INFO(std::string(c.what));
    const auto lr = rates_after(scheduler_of(c), c.lr, c.figures);
    for (std::size_t i = 0; i < lr.size(); ++i) {
      CAPTURE(i);
      CHECK(lr[i] == doctest::Approx(c.lr_after[i]).epsilon(1e-13));
    }
  }
}

TEST_CASE("ReduceLROnPlateau after other schedulers: their product, not below min_lr, and never above them") {
  // Every epoch without an improvement halves; StepLR takes a tenth in epochs 3 and 6.
  const std::vector<double> figures(8, 1.0);
  const auto lr =
      rates_after({.factor = 0.5, .patience = 0, .min_lr = 0.02}, 1, figures, StepLR{.step_size = 3, .gamma = 0.1});
  const std::vector<double> expected = {1, 0.5, 0.1 * 0.25, 0.02, 0.02, 0.01, 0.01, 0.01};
  CHECK(difference(lr, expected) < 1e-15);
}

TEST_CASE("ReduceLROnPlateau counts nothing in an epoch without its figure") {
  ReduceLROnPlateau scheduler{.patience = 0};
  scheduler.on_begin({});
  for (int epoch = 0; epoch < 5; ++epoch) scheduler.on_epoch({.epoch = epoch, .loss = 1, .lr = 1});
  CHECK(scheduler.lr_factor({.lr = 1}) == 1);
  scheduler.monitor = Monitor::training_loss;
  for (int epoch = 0; epoch < 2; ++epoch) scheduler.on_epoch({.epoch = epoch, .loss = 1, .lr = 1});
  CHECK(scheduler.lr_factor({.lr = 1}) == 0.1);
}

TEST_CASE("ReduceLROnPlateau begins anew with each fit") {
  ReduceLROnPlateau scheduler{.factor = 0.5, .patience = 0};
  scheduler.on_begin({});
  for (int epoch = 0; epoch < 5; ++epoch) scheduler.on_epoch({.epoch = epoch, .lr = 1, .validation_loss = 1.0});
  CHECK(scheduler.lr_factor({.lr = 1}) == 0.0625);
  scheduler.on_begin({});
  CHECK(scheduler.lr_factor({.lr = 1}) == 1);
  scheduler.on_epoch({.lr = 1, .validation_loss = 7.0});  // worse than the first run's, but the best of this one
  CHECK(scheduler.lr_factor({.lr = 1}) == 1);
}

TEST_CASE("ReduceLROnPlateau refuses invalid settings") {
  const auto refused = [](ReduceLROnPlateau scheduler) {
    return message_of<TrainingError>([&] { scheduler.on_begin({}); });
  };
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused({.factor = 1}) == "ReduceLROnPlateau: factor is 1, expected between 0 and 1");
  for (const double bad : {0.0, -0.1, 1.5, not_a_number})
    CHECK(contains(refused({.factor = bad}), "ReduceLROnPlateau: factor is "));
  CHECK(refused({.patience = -1}) == "ReduceLROnPlateau: patience is -1, expected at least 0");
  CHECK(refused({.cooldown = -1}) == "ReduceLROnPlateau: cooldown is -1, expected at least 0");
  for (const double bad : {-1e-4, not_a_number}) {
    CHECK(contains(refused({.threshold = bad}), "ReduceLROnPlateau: threshold is "));
    CHECK(contains(refused({.min_lr = bad}), "ReduceLROnPlateau: min_lr is "));
  }
  CHECK(refused({}) == "(no such exception)");
}
