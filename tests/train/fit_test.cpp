// SPDX-License-Identifier: MIT
// fit on good data: what it computes, what it reports, which weights it leaves.
#include "evomlp/train/fit.hpp"

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/net/parameter.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::Draw;
using evomlp_test::Recorder;
using evomlp_test::same_bits;
using evomlp_test::two_classes;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 16>, BatchNorm1d<16>, ReLU, Dropout<0.25>, Linear<16, 1>>;
using Small = Sequential<Linear<3, 8>, ReLU, Linear<8, 1>>;

template <class N = Net, class T = float>
Model<N, T> start(std::uint64_t seed = 1) {
  return Model<N, T>(init::he_normal(), seed);
}

/// fit written out with train_step.
template <class N>
Model<N> long_form(const Dataset<float>& data, int epochs, std::size_t batch_size, std::uint64_t seed, bool shuffled,
                   bool drop_last) {
  Model<N> model = start<N>();
  State state(model, Adam{.lr = 1e-2}, {.max_batch = static_cast<int>(batch_size), .seed = seed});
  std::vector<std::size_t> order(data.size());
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (shuffled) shuffle(order, Random(seed, Stream::shuffle, static_cast<std::uint64_t>(epoch)));
    for (std::size_t first = 0; first < data.size(); first += batch_size) {
      const std::size_t rows = (std::min)(batch_size, data.size() - first);
      if (drop_last && rows < batch_size) break;
      auto x = make_matrix<float>(rows, data.features()), y = make_matrix<float>(rows, data.outputs());
      data.gather(std::span<const std::size_t>(order).subspan(first, rows), x.data(), y.data());
      train_step(model, state, BCEWithLogitsLoss{}, x, y);
    }
  }
  return model;
}

}  // namespace

TEST_CASE("fit is the loop over train_step, bit for bit, with Dropout and BatchNorm") {
  const auto data = two_sides<float>(103, 3);  // the last batch of 16 has 7
  for (const bool drop_last : {false, true})
    for (const bool shuffled : {false, true}) {
      CAPTURE(drop_last);
      CAPTURE(shuffled);
      auto model = start();
      fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
          {.epochs = 4, .batch_size = 16, .seed = 9, .shuffle = shuffled, .drop_last = drop_last});
      CHECK(same_bits(model, long_form<Net>(data, 4, 16, 9, shuffled, drop_last)));
      CHECK(!same_bits(model, long_form<Net>(data, 4, 16, 9, shuffled, !drop_last)));
      CHECK(!same_bits(model, long_form<Net>(data, 4, 16, 9, !shuffled, drop_last)));
    }
}

TEST_CASE("validation changes nothing but which weights are kept") {
  const auto data = two_sides<float>(64, 3), validation = two_sides<float>(33, 3, 1, 2);
  auto with = start(), without = start();
  fit(with, data, BCEWithLogitsLoss{}, Adam{},
      {.epochs = 3, .batch_size = 16, .validation = &validation, .seed = 2, .restore_best = false});
  fit(without, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 16, .seed = 2});
  CHECK(same_bits(with, without));
}

TEST_CASE("the same seed gives the same bits, another one doesn't") {
  const auto data = two_sides<float>(64, 3);
  const auto trained = [&](auto model, std::uint64_t seed) {
    fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .batch_size = 10, .seed = seed});
    return model;
  };
  CHECK(same_bits(trained(start(), 1), trained(start(), 1)));
  CHECK(!same_bits(trained(start(), 1), trained(start(), 2)));
  CHECK(same_bits(trained(start<Small>(), 1), trained(start<Small>(), 1)));
  CHECK(!same_bits(trained(start<Small>(), 1), trained(start<Small>(), 2)));  // the shuffle alone
}

TEST_CASE("a batch size larger than the data is one batch of all") {
  const auto data = two_sides<float>(10, 3);
  auto large = start(), exact = start();
  Recorder recorder{&large};
  fit(large, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 4096}, recorder);
  fit(exact, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 10});
  CHECK(recorder.steps.size() == 3);
  CHECK(same_bits(large, exact));
}

TEST_CASE("no epochs: nothing happens") {
  const auto data = two_sides<float>(10, 3);
  auto model = start();
  const History history = fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 0});
  CHECK(history.epochs() == 0);
  CHECK(history.loss.empty());
  CHECK(history.best_epoch() == -1);
  CHECK(same_bits(model, start()));
}

TEST_CASE("fit learns, in float and double, with targets and with labels") {
  auto floats = start<Small>();
  const auto data = two_sides<float>(400, 3);
  const History history = fit(floats, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2}, {.epochs = 30, .batch_size = 20});
  CHECK(history.loss.back() < 0.15 * history.loss.front());
  CHECK(evaluate(floats, data, BCEWithLogitsLoss{}).accuracy > 0.97);

  using Two = Sequential<Linear<3, 8>, ReLU, Linear<8, 2>>;
  auto doubles = start<Two, double>();
  const auto labelled = two_classes<double>(400, 3);
  fit(doubles, labelled, CrossEntropyLoss{}, Adam{.lr = 1e-2}, {.epochs = 30, .batch_size = 20});
  CHECK(evaluate(doubles, labelled, CrossEntropyLoss{}).accuracy > 0.97);
}

// --- Best weights ----------------------------------------------------------------------------------------------------
TEST_CASE("without validation the last weights stay") {
  const auto data = two_sides<float>(64, 3);
  auto model = start();
  Recorder recorder{&model};
  const History history = fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 16}, recorder);
  CHECK(history.best_epoch() == -1);
  CHECK(same_bits(model, recorder.after.back()));
  CHECK(history.stop_reason() == StopReason::all_epochs_done);
}

TEST_CASE("the best epoch's weights come back, running statistics included, when the last isn't the best") {
  // The validation targets are the opposite of what is learned: the first epoch is the best.
  const auto data = two_sides<float>(64, 3);
  auto opposite = data;
  for (std::size_t i = 0; i < opposite.size(); ++i) opposite.y(i, 0) = 1 - opposite.y(i, 0);
  auto model = start();
  Recorder recorder{&model};
  const History history = fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
                              {.epochs = 5, .batch_size = 16, .validation = &opposite}, recorder);
  CHECK(history.best_epoch() == 0);
  CHECK(history.epochs() == 5);
  CHECK(same_bits(model, recorder.after[0]));
  CHECK(!same_bits(model, recorder.after[4]));
  CHECK(evaluate(model, opposite, BCEWithLogitsLoss{}).loss == history.validation_loss[0]);

  auto kept = start();
  const History last = fit(kept, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
                           {.epochs = 5, .batch_size = 16, .validation = &opposite, .restore_best = false});
  CHECK(same_bits(kept, recorder.after[4]));
  CHECK(last.best_epoch() == 0);  // known all the same
}

TEST_CASE(
    "monitor: the validation loss's smallest, the accuracy's largest, the training loss's smallest; the first of "
    "equals") {
  const auto data = two_sides<float>(48, 3), validation = two_sides<float>(24, 3, 1, 5);
  const auto check = [&](Monitor monitor, auto figure, bool larger) {
    auto model = start();
    Recorder recorder{&model};
    const History history =
        fit(model, data, BCEWithLogitsLoss{}, SGD{.lr = 2.5},  // restless
            {.epochs = 12, .batch_size = 8, .validation = &validation, .monitor = monitor}, recorder);
    const std::vector<double>& figures = figure(history);
    REQUIRE(figures.size() == 12);
    const auto best =
        larger ? std::max_element(figures.begin(), figures.end()) : std::min_element(figures.begin(), figures.end());
    const auto expected = best - figures.begin();
    CHECK(history.best_epoch() == expected);
    CHECK(same_bits(model, recorder.after[static_cast<std::size_t>(expected)]));
    return expected;
  };
  const auto by_loss =
      check(Monitor::validation_loss, [](const History& h) -> auto& { return h.validation_loss; }, false);
  const auto by_accuracy =
      check(Monitor::validation_accuracy, [](const History& h) -> auto& { return h.accuracy; }, true);
  const auto by_training = check(Monitor::training_loss, [](const History& h) -> auto& { return h.loss; }, false);
  CHECK((by_loss != 11 || by_accuracy != 11));  // else the case shows nothing
  CHECK((by_loss != by_training || by_loss != by_accuracy));
}

TEST_CASE("monitor = training_loss needs no validation") {
  const auto data = two_sides<float>(48, 3);
  auto model = start();
  Recorder recorder{&model};
  const History history = fit(model, data, BCEWithLogitsLoss{}, SGD{.lr = 2.5},
                              {.epochs = 8, .batch_size = 8, .monitor = Monitor::training_loss}, recorder);
  const auto best = std::min_element(history.loss.begin(), history.loss.end()) - history.loss.begin();
  CHECK(history.best_epoch() == best);
  CHECK(same_bits(model, recorder.after[static_cast<std::size_t>(best)]));
}

// --- What is told ----------------------------------------------------------------------------------------------------
TEST_CASE("history: one entry an epoch in each vector that has a source, none elsewhere") {
  const auto data = two_sides<float>(50, 3), validation = two_sides<float>(21, 3, 1, 2);
  auto a = start();
  const History all = fit(a, data, BCEWithLogitsLoss{}, chain(ClipGradValue{0.01}, Adam{.lr = 0.25}),
                          {.epochs = 3, .batch_size = 16, .validation = &validation});
  CHECK(all.epochs() == 3);
  for (const auto* v : {&all.loss, &all.validation_loss, &all.accuracy, &all.lr, &all.clipped_share, &all.seconds})
    CHECK(v->size() == 3);
  for (const double lr : all.lr) CHECK(lr == 0.25);
  for (const double s : all.seconds) CHECK(s >= 0);
  CHECK(all.layer_clipped_share.size() == 3);
  for (const auto& layers : all.layer_clipped_share) CHECK(layers.size() == layer_paths<Net>.size());

  auto b = start();
  const History bare = fit(b, data, MSELoss{}, Adam{}, {.epochs = 2, .batch_size = 16});
  CHECK(bare.loss.size() == 2);
  for (const auto* v : {&bare.validation_loss, &bare.accuracy, &bare.clipped_share}) CHECK(v->empty());
  CHECK(bare.layer_clipped_share.empty());

  auto c = start();
  const History without_accuracy =
      fit(c, data, MSELoss{}, Adam{}, {.epochs = 2, .batch_size = 16, .validation = &validation});
  CHECK(without_accuracy.validation_loss.size() == 2);
  CHECK(without_accuracy.accuracy.empty());
}

TEST_CASE("history.loss is the mean over the samples, not over the batches") {
  // lr = 0, so that every step sees the same weights; 10 samples in batches of 4, 4 and 2.
  const auto data = two_sides<double>(10, 3);
  auto model = start<Small, double>();
  const double whole = evaluate(model, data, BCEWithLogitsLoss{}).loss;
  const History history = fit(model, data, BCEWithLogitsLoss{}, SGD{.lr = 0}, {.epochs = 2, .batch_size = 4});
  CHECK(history.loss[0] == doctest::Approx(whole).epsilon(1e-12));
  CHECK(history.loss[1] == doctest::Approx(whole).epsilon(1e-12));
}

namespace {
// dL/dW of the first layer of a net with one sample is that sample.
struct Sum {
  static auto value(auto y, auto) { return y; }
  static auto slope(auto, auto) { return 1; }
  double scale(double, double) const { return 1; }
};
}  // namespace

TEST_CASE("the share of clipped elements, for each epoch and layer: three of seven") {
  using Two = Sequential<Linear<7, 1, false>, Linear<1, 2, false>>;
  Dataset<double> data{make_matrix<double>(1, 7), make_matrix<double>(1, 2)};
  const std::vector<double> gradient = {0.1, -2, 0.5, 1.5, -0.5, 0, 7};
  std::copy(gradient.begin(), gradient.end(), data.x.begin());
  data.y.fill(0);
  Model<Two, double> model;
  parameter<"1.weight">(model)(0, 0) = 1;
  const History history = fit(model, data, Sum{}, chain(ClipGradValue{1}, SGD{.lr = 0}), {.epochs = 2});
  for (const std::size_t epoch : {0u, 1u}) {
    CHECK(history.clipped_share[epoch] == 3.0 / 9);
    CHECK(history.layer_clipped_share[epoch] == std::vector<double>{3.0 / 7, 0});
  }
}

TEST_CASE("callbacks: every step and epoch in order, after it happened, those in the call after one another") {
  const auto data = two_sides<float>(50, 3), validation = two_sides<float>(21, 3, 1, 2);
  auto model = start();
  Recorder recorder{&model};
  std::vector<int> order;
  struct Note {
    std::vector<int>& order;
    int number;
    void on_step(const StepReport&) { order.push_back(number); }
    void on_epoch(const EpochReport&) { order.push_back(10 * number); }
  };
  const History history =
      fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 0.5}, {.epochs = 2, .batch_size = 20, .validation = &validation},
          recorder, Note{order, 1}, Note{order, 2});
  CHECK(order == std::vector<int>{1, 2, 1, 2, 1, 2, 10, 20, 1, 2, 1, 2, 1, 2, 10, 20});
  REQUIRE(recorder.steps.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(recorder.steps[i].epoch == static_cast<int>(i / 3));
    CHECK(recorder.steps[i].epochs == 2);
    CHECK(recorder.steps[i].step == i % 3);
    CHECK(recorder.steps[i].steps == 3);
  }
  for (std::size_t e = 0; e < 2; ++e) {
    const EpochReport& report = recorder.epochs[e];
    CHECK(report.epoch == static_cast<int>(e));
    CHECK(report.epochs == 2);
    CHECK(report.samples == 50);
    CHECK(report.lr == 0.5);
    CHECK(report.loss == history.loss[e]);
    CHECK(report.validation_loss == history.validation_loss[e]);
    CHECK(report.accuracy == history.accuracy[e]);
    const double mean =
        (20 * recorder.steps[3 * e].loss + 20 * recorder.steps[3 * e + 1].loss + 10 * recorder.steps[3 * e + 2].loss) /
        50;
    CHECK(report.loss == doctest::Approx(mean).epsilon(1e-14));
    CHECK(evaluate(recorder.after[e], validation, BCEWithLogitsLoss{}).loss == history.validation_loss[e]);
  }
}

TEST_CASE("callbacks that want only one kind of report; drop_last is seen in the samples") {
  struct Steps {
    int count = 0;
    void on_step(const StepReport&) { ++count; }
  };
  struct Epochs {
    std::size_t samples = 0;
    void on_epoch(const EpochReport& report) { samples += report.samples; }
  };
  static_assert(Callback<Steps> && Callback<Epochs> && !Callback<int>);
  const auto data = two_sides<float>(50, 3);
  auto model = start();
  Steps steps;
  Epochs epochs;
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .batch_size = 20, .drop_last = true}, steps, epochs);
  CHECK(steps.count == 4);
  CHECK(epochs.samples == 80);
}

// --- Sources ---------------------------------------------------------------------------------------------------------
namespace {

/// Computes its samples when asked for them.
struct Made {
  using value_type = float;
  using target_type = float;
  std::size_t n = 60;

  std::size_t size() const { return n; }
  std::size_t features() const { return 3; }
  std::size_t outputs() const { return 1; }
  void gather(std::span<const std::size_t> rows, float* x, float* y) const {
    for (const std::size_t row : rows) {
      Draw draw(row);
      float sum = 0;
      for (int j = 0; j < 3; ++j) sum += * x++ = static_cast<float>(draw.normal());
      *y++ = sum > 0 ? 1.0f : 0.0f;
    }
  }
};
static_assert(DataSource<Made> && DataSource<Dataset<float>> && DataSource<Dataset<double, Labels>> &&
              !DataSource<int>);

}  // namespace

TEST_CASE("a user's DataSource trains, validates and evaluates like a Dataset of the same samples") {
  const Made made, other{31};
  const auto stored = [](const Made& source) {
    Dataset<float> data{make_matrix<float>(source.n, 3), make_matrix<float>(source.n, 1)};
    std::vector<std::size_t> rows(source.n);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    source.gather(rows, data.x.data(), data.y.data());
    return data;
  };
  const auto data = stored(made), validation = stored(other);
  auto a = start(), b = start();
  const History ha = fit(a, made, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 7, .validation = &other});
  const History hb =
      fit(b, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 3, .batch_size = 7, .validation = &validation});
  CHECK(same_bits(a, b));
  CHECK(ha.validation_loss == hb.validation_loss);
  CHECK(evaluate(a, made, BCEWithLogitsLoss{}).loss == evaluate(b, data, BCEWithLogitsLoss{}).loss);
}
