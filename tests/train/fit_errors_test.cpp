// SPDX-License-Identifier: MIT
// fit when something is wrong: bad data and settings are refused before the first step, what goes wrong later leaves
// sound weights.
#include "evomlp/kernels/each.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::Recorder;
using evomlp_test::same_bits;
using evomlp_test::two_classes;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 8>, BatchNorm1d<8>, ReLU, Linear<8, 1>>;
using Simple = Sequential<Linear<3, 8>, ReLU, Linear<8, 1>>;
using Classes = Sequential<Linear<3, 8>, ReLU, Linear<8, 2>>;

/// A user's layer that looks at several rows at once.
template <std::size_t N>
struct Trios {
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr std::size_t min_batch = 3;
  static void predict(auto /*self*/, auto x, auto y) {
    kernels::each(y, [](auto v) { return v; }, x);
  }
  static void backward(auto /*self*/, auto /*grad*/, auto /*x*/, auto /*y*/, auto dy, auto dx) {
    kernels::each(dx, [](auto d) { return d; }, dy);
  }
};
using OfTrios = Sequential<Linear<3, 8>, BatchNorm1d<8>, Trios<8>, Linear<8, 1>>;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();

struct CountSteps {
  int count = 0;
  void on_step(const StepReport&) { ++count; }
};

/// A user's rule that doesn't check its rate.
struct Unchecked {
  double lr = 0;
  static constexpr std::size_t state = 0;
  auto at(Step) const {
    return [lr = lr](auto g, auto) { return lr * g; };
  }
};

/// After the first step of an epoch the rate is no number.
struct SpoilTheRate {
  int epoch = 0;
  void on_step(const StepReport& report, const auto&, auto& state) const {
    if (report.epoch == epoch) state.chain().set_lr(std::numeric_limits<double>::quiet_NaN());
  }
};

/// The message of the E that fit throws before its first step, with the model unchanged.
template <class E, class N = Net>
std::string refused(const auto& data, const auto& loss, const FitOptions& options) {
  Model<N> model(init::he_normal(), 1);
  const Model<N> before = model;
  CountSteps steps;
  const auto text = message_of<E>([&] { fit(model, data, loss, Adam{}, options, steps); });
  CHECK(same_bits(model, before));
  CHECK(steps.count == 0);
  return text;
}
template <class E, class N = Net>
std::string refused(const auto& data, const FitOptions& options) {
  return refused<E, N>(data, BCEWithLogitsLoss{}, options);
}

bool makes_denormals() {
  volatile float least = std::numeric_limits<float>::min();
  volatile float half = least * 0.5f;
  return half != 0;
}

}  // namespace

// --- Data ------------------------------------------------------------------------------------------------------------
TEST_CASE("empty data") {
  const Dataset<float> empty{make_matrix<float>(0, 3), make_matrix<float>(0, 1)};
  CHECK(contains(refused<DataError>(empty, {.epochs = 1}), "fit: the training data: is empty"));
  const auto data = two_sides<float>(20, 3);
  CHECK(contains(refused<DataError>(data, {.epochs = 1, .validation = &empty}), "fit: the validation data: is empty"));
}

TEST_CASE("x and y of different numbers of rows") {
  auto data = two_sides<float>(20, 3);
  const auto good = data;
  data.y = make_matrix<float>(19, 1);
  CHECK(contains(refused<DataError>(data, {.epochs = 1}), "fit: the training data: x has 20 rows and y has 19"));
  CHECK(contains(refused<DataError>(good, {.epochs = 1, .validation = &data}),
                 "fit: the validation data: x has 20 rows and y has 19"));
}

TEST_CASE("NaN and infinity in the data, with row and column") {
  const auto good = two_sides<float>(20, 3);
  for (const float bad : {not_a_number, infinity, -infinity}) {
    auto data = good;
    data.x(13, 2) = bad;
    const auto in_x = refused<DataError>(data, {.epochs = 1});
    CHECK(contains(in_x, "fit: the training data: x is "));
    CHECK(contains(in_x, "row 13, column 2"));
    const auto in_validation = refused<DataError>(good, {.epochs = 1, .validation = &data});
    CHECK(contains(in_validation, "fit: the validation data: x is "));
    CHECK(contains(in_validation, "row 13, column 2"));
    data = good;
    data.y(19, 0) = bad;
    CHECK(contains(refused<DataError>(data, {.epochs = 1}), "y is "));
    CHECK(contains(refused<DataError>(data, {.epochs = 1}), "row 19, column 0"));
    CHECK(contains(refused<DataError>(good, {.epochs = 1, .validation = &data}), "row 19, column 0"));
  }
}

TEST_CASE("wrong widths") {
  const auto good = two_sides<float>(20, 3), wide = two_sides<float>(20, 4), more = two_sides<float>(20, 3, 2);
  CHECK(refused<ShapeError>(wide, {.epochs = 1}) == "fit: the training data has 4 features, the network takes 3");
  CHECK(refused<ShapeError>(more, {.epochs = 1}) ==
        "fit: the training data has 2 targets for each sample, the network gives 1");
  CHECK(refused<ShapeError>(good, {.epochs = 1, .validation = &wide}) ==
        "fit: the validation data has 4 features, the network takes 3");
  CHECK(contains(refused<ShapeError>(good, {.epochs = 1, .validation = &more}),
                 "fit: the validation data has 2 targets"));
}

TEST_CASE("targets out of the loss's range, with row and column") {
  const auto good = two_sides<float>(20, 3);
  for (const float bad : {-1.0f, 1.5f}) {
    auto data = good;
    data.y(11, 0) = bad;
    const auto text = refused<DataError>(data, {.epochs = 1});
    CHECK(contains(text, "fit: the training data: y is "));
    CHECK(contains(text, "in row 11, column 0 (counted from 0), expected numbers from 0 to 1"));
    CHECK(contains(refused<DataError>(good, {.epochs = 1, .validation = &data}), "fit: the validation data: y is "));
  }
}

TEST_CASE("labels out of range") {
  const auto good = two_classes<float>(20, 3);
  for (const std::int32_t bad :
       {2, -1, (std::numeric_limits<std::int32_t>::max)(), (std::numeric_limits<std::int32_t>::min)()}) {
    auto data = good;
    data.y(17) = bad;
    const auto text = refused<DataError, Classes>(data, CrossEntropyLoss{}, {.epochs = 1});
    CHECK(contains(text, ("fit: the training data: label is " + std::to_string(bad) + " in row 17").c_str()));
    const auto validation = refused<DataError, Classes>(good, CrossEntropyLoss{}, {.epochs = 1, .validation = &data});
    CHECK(contains(validation, ("fit: the validation data: label is " + std::to_string(bad) + " in row 17").c_str()));
  }
}

TEST_CASE("validation data of another scalar or another kind of targets") {
  const auto data = two_sides<float>(20, 3);
  const auto doubles = two_sides<double>(20, 3);
  const auto labelled = two_classes<float>(20, 3);
  const auto scalar = refused<DataError>(data, {.epochs = 1, .validation = &doubles});
  CHECK(contains(scalar, "fit: the validation data holds double targets, expected float targets"));
  CHECK(contains(refused<DataError>(data, {.epochs = 1, .validation = &labelled}),
                 "holds float with class labels, expected float targets"));
  CHECK(contains(refused<DataError, Classes>(labelled, CrossEntropyLoss{}, {.epochs = 1, .validation = &data}),
                 "holds float targets, expected float with class labels"));
}

TEST_CASE("a null pointer is no validation") {
  const auto data = two_sides<float>(20, 3);
  const Dataset<float>* const none = nullptr;
  Model<Net> model(init::he_normal(), 1);
  CHECK(fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .validation = none}).validation_loss.empty());
  CHECK(fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .validation = nullptr}).validation_loss.empty());
}

// --- Settings --------------------------------------------------------------------------------------------------------
TEST_CASE("absurd settings") {
  const auto data = two_sides<float>(20, 3);
  CHECK(contains(refused<TrainingError>(data, {.epochs = -1}), "epochs is -1"));
  CHECK(contains(refused<TrainingError>(data, {.epochs = 1, .batch_size = 0}), "batch_size is 0"));
  CHECK(contains(refused<TrainingError>(data, {.epochs = 1, .batch_size = (std::numeric_limits<int>::min)()}),
                 "batch_size is -2147483648"));
  CHECK(contains(refused<TrainingError>(data, {.epochs = 1, .batch_size = 21, .drop_last = true}),
                 "20 samples make no batch of 21"));
  CHECK(contains(refused<TrainingError>(data, {.epochs = 1, .monitor = Monitor::validation_accuracy}),
                 "fit: monitor watches a figure of the validation data, but there is none"));
  CHECK(contains(refused<TrainingError>(data, MSELoss{},
                                        {.epochs = 1, .validation = &data, .monitor = Monitor::validation_accuracy}),
                 "this loss has no accuracy"));
}

TEST_CASE("too few rows for a layer of a user's: it is named, not BatchNorm beside it, which needs less") {
  const auto data = two_sides<float>(18, 3);
  CHECK(refused<TrainingError, OfTrios>(data, BCEWithLogitsLoss{}, {.epochs = 1, .batch_size = 16}) ==
        "fit: 18 samples in batches of 16 end with a batch of 2, but Trios needs at least 3 samples in training; set "
        ".drop_last = true, another .batch_size, or leave out a sample");
  CHECK(refused<TrainingError, OfTrios>(data, BCEWithLogitsLoss{}, {.epochs = 1, .batch_size = 9, .accumulate = 4}) ==
        "fit: a batch of 9 in 4 parts has one of 2, but Trios needs at least 3 samples in training; set "
        ".sync_batchnorm = true (with several processes), use fewer parts, or .drop_last = true for a last batch");

  Model<OfTrios> model(init::he_normal(), 1);
  State state(model, Adam{}, {.max_batch = 8});
  const auto of = [&](std::size_t rows) {
    return message_of<ShapeError>(
        [&] { train_step(model, state, MSELoss{}, make_matrix<float>(rows, 3), make_matrix<float>(rows, 1)); });
  };
  CHECK(of(2) == "train_step: a batch of 2 rows, but Trios needs at least 3 in training");
  CHECK(of(1) == "train_step: a batch of 1 row, but Trios needs at least 3 in training");
  CHECK_NOTHROW(train_step(model, state, MSELoss{}, make_matrix<float>(3, 3), make_matrix<float>(3, 1)));
}

TEST_CASE("a last batch of one before BatchNorm is seen before the first step, and the ways out are named") {
  const auto data = two_sides<float>(33, 3);
  const auto text = refused<TrainingError>(data, {.epochs = 1, .batch_size = 16});
  CHECK(contains(text, "33 samples in batches of 16 end with a batch of 1, but BatchNorm1d needs at least 2"));
  for (const char* way : {".drop_last = true", "another .batch_size", "leave out a sample"}) CHECK(contains(text, way));
  CHECK(contains(refused<TrainingError>(data, {.epochs = 1, .batch_size = 1}),
                 "BatchNorm1d needs at least 2 samples in training; set another .batch_size"));
  CHECK(contains(refused<TrainingError>(two_sides<float>(1, 3), {.epochs = 1, .batch_size = 16}),
                 "BatchNorm1d needs at least 2"));

  // Each way out works, and without BatchNorm there is nothing to be said.
  Model<Net> model(init::he_normal(), 1);
  CHECK(fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .batch_size = 16, .drop_last = true}).epochs() ==
        1);
  CHECK(fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .batch_size = 17}).epochs() == 1);
  CHECK(fit(model, two_sides<float>(32, 3), BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .batch_size = 16}).epochs() ==
        1);
  Model<Simple> simple(init::he_normal(), 1);
  CHECK(fit(simple, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .batch_size = 16}).epochs() == 1);
}

// --- A loss that isn't finite ----------------------------------------------------------------------------------------
namespace {

/// MSE that isn't finite in training step `bad_step`.
struct Breaks {
  int bad_step;
  double value = std::numeric_limits<double>::quiet_NaN();
  int* step;

  double operator()(auto y, auto target, auto dy) const {
    const double result = evomlp::detail::loss_of(MSELoss{}, y, target, dy);
    return dy.rows != 0 && (*step)++ == bad_step ? value : result;
  }
};

struct Run {
  Model<Net> model{init::he_normal(), 1};
  Recorder<Model<Net>> recorder{&model};
  History history;
};

/// 20 samples in batches of 5: four steps an epoch, five epochs.
void run(Run& r, int bad_step, FitOptions options, double value = std::numeric_limits<double>::quiet_NaN()) {
  int step = 0;
  options.epochs = 5;
  options.batch_size = 5;
  r.history =
      fit(r.model, two_sides<float>(20, 3), Breaks{bad_step, value, &step}, Adam{.lr = 1e-2}, options, r.recorder);
}

}  // namespace

TEST_CASE("not finite in the very first step: a TrainingError, the model unchanged") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Run r;
    const Model<Net> before = r.model;
    const auto text = message_of<TrainingError>([&] { run(r, 0, {}, bad); });
    CHECK(contains(text, "the loss of the first step is "));
    CHECK(contains(text, "the model is unchanged"));
    CHECK(same_bits(r.model, before));
    CHECK(r.recorder.steps.empty());
  }
}

TEST_CASE("a model that was never started: hidden layers that stay at 0") {
  const auto data = two_sides<float>(32, 3);
  Model<Simple> model;
  const Model<Simple> zeros = model;
  const FitOptions options{.epochs = 2, .batch_size = 8};
  const auto text = message_of<TrainingError>([&] { fit(model, data, BCEWithLogitsLoss{}, Adam{}, options); });
  CHECK(text ==
        "fit: all weights are 0, also after the first step, so that no hidden layer will learn; start them: "
        "Model<Net> model(init::he_normal(), seed); the model is unchanged");
  CHECK(same_bits(model, zeros));
  // What learns from 0 does.
  Model<Sequential<Linear<3, 1>>> single;
  CHECK(fit(single, data, BCEWithLogitsLoss{}, Adam{}, options).epochs() == 2);
  Model<Sequential<ResidualBlock<1, Linear<3, 3>, Tanh>, Linear<3, 1>>> residual;
  CHECK(fit(residual, data, BCEWithLogitsLoss{}, Adam{}, options).epochs() == 2);
  // A first step that moves nothing says nothing.
  CHECK(fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 0}, options).epochs() == 2);
}

TEST_CASE("not finite in the middle of an epoch: the weights that began it, and the reason") {
  Run r;
  run(r, 4 * 2 + 2, {});
  CHECK(r.history.stop_reason() == StopReason::not_finite);
  CHECK(to_string(r.history.stop_reason()) == "a loss or a parameter was not finite");
  CHECK(r.history.epochs() == 2);
  CHECK(r.history.best_epoch() == -1);
  CHECK(r.recorder.steps.size() == 4 * 2 + 2);
  REQUIRE(r.recorder.after.size() == 2);
  CHECK(same_bits(r.model, r.recorder.after[1]));
}

TEST_CASE("not finite in the middle of the first epoch: the weights of the start") {
  Run r;
  const Model<Net> before = r.model;
  run(r, 2, {});
  CHECK(r.history.stop_reason() == StopReason::not_finite);
  CHECK(r.history.epochs() == 0);
  CHECK(same_bits(r.model, before));
}

TEST_CASE("not finite at the start of an epoch: the weights that the one before ended with") {
  Run r;
  run(r, 4 * 2, {});
  CHECK(r.history.epochs() == 2);
  CHECK(same_bits(r.model, r.recorder.after[1]));
}

TEST_CASE("not finite with validation: the best weights, if they are wanted") {
  auto opposite = two_sides<float>(20, 3);
  for (std::size_t i = 0; i < opposite.size(); ++i) opposite.y(i, 0) = 1 - opposite.y(i, 0);
  Run best;
  run(best, 4 * 3 + 1, {.validation = &opposite});
  CHECK(best.history.stop_reason() == StopReason::not_finite);
  const auto least = std::min_element(best.history.validation_loss.begin(), best.history.validation_loss.end());
  const auto expected = least - best.history.validation_loss.begin();
  REQUIRE(expected < 2);
  CHECK(best.history.best_epoch() == expected);
  CHECK(same_bits(best.model, best.recorder.after[static_cast<std::size_t>(expected)]));
  Run last;
  run(last, 4 * 3 + 1, {.validation = &opposite, .restore_best = false});
  CHECK(same_bits(last.model, last.recorder.after[2]));
}

TEST_CASE("a learning rate that isn't finite: parameters are checked too, also after the last step") {
  const auto data = two_sides<float>(20, 3);
  for (const double lr : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const int epochs : {1, 10})
      for (const int batch_size : {5, 20}) {
        CAPTURE(lr);
        CAPTURE(epochs);
        CAPTURE(batch_size);
        Model<Simple> model(init::he_normal(), 1);
        const Model<Simple> before = model;
        const History history =
            fit(model, data, MSELoss{}, Unchecked{.lr = lr}, {.epochs = epochs, .batch_size = batch_size});
        CHECK(history.stop_reason() == StopReason::not_finite);
        CHECK(history.epochs() == 0);
        CHECK(same_bits(model, before));
      }
}

TEST_CASE("a learning rate that a callback spoils in the middle") {
  const auto data = two_sides<float>(20, 3);
  Model<Simple> model(init::he_normal(), 1), whole = model;
  const History history = fit(model, data, MSELoss{}, SGD{}, {.epochs = 10, .batch_size = 5}, SpoilTheRate{.epoch = 2});
  CHECK(history.stop_reason() == StopReason::not_finite);
  CHECK(history.epochs() == 2);
  fit(whole, data, MSELoss{}, SGD{}, {.epochs = 2, .batch_size = 5});
  CHECK(same_bits(model, whole));
}

TEST_CASE("a learning rate that blows up leaves finite weights") {
  const auto data = two_sides<float>(20, 3);
  for (const int batch_size : {5, 20}) {
    Model<Simple> model(init::he_normal(), 1);
    const History history = fit(model, data, MSELoss{}, SGD{.lr = 1e30}, {.epochs = 10, .batch_size = batch_size});
    CHECK(history.stop_reason() == StopReason::not_finite);
    for (const float w : model.parameters()) CHECK(std::isfinite(w));
  }
}

TEST_CASE("a NaN validation loss is never the best") {
  struct Nothing {
    using value_type = float;
    using target_type = float;
    std::size_t size() const { return 4; }
    std::size_t features() const { return 3; }
    std::size_t outputs() const { return 1; }
    void gather(std::span<const std::size_t> rows, float* x, float* y) const {
      std::fill_n(x, 3 * rows.size(), not_a_number);
      std::fill_n(y, rows.size(), 0.0f);
    }
  } nothing_but_nan;
  const auto data = two_sides<float>(20, 3);
  Model<Simple> model(init::he_normal(), 1);
  Recorder recorder{&model};
  const History history =
      fit(model, data, MSELoss{}, Adam{}, {.epochs = 3, .batch_size = 5, .validation = &nothing_but_nan}, recorder);
  CHECK(history.best_epoch() == -1);
  CHECK(std::isnan(history.validation_loss[0]));
  CHECK(same_bits(model, recorder.after[2]));
}

// --- Exceptions ------------------------------------------------------------------------------------------------------
TEST_CASE("an exception from a callback passes through after the best weights are back, and the mode is the caller's") {
  struct Throws {
    int at;
    void on_epoch(const EpochReport& report) {
      if (report.epoch == at) throw std::runtime_error("enough");
    }
  };
  const auto data = two_sides<float>(20, 3);
  auto opposite = data;
  for (std::size_t i = 0; i < opposite.size(); ++i) opposite.y(i, 0) = 1 - opposite.y(i, 0);
  Model<Simple> model(init::he_normal(), 1);
  Recorder recorder{&model};
  REQUIRE(makes_denormals());
  CHECK_THROWS_WITH_AS(fit(model, data, BCEWithLogitsLoss{}, Adam{.lr = 1e-2},
                           {.epochs = 9, .batch_size = 5, .validation = &opposite}, recorder, Throws{4}),
                       "enough", std::runtime_error);
  CHECK(makes_denormals());
  REQUIRE(recorder.after.size() == 5);
  CHECK(same_bits(model, recorder.after[0]));
  CHECK(!same_bits(model, recorder.after[4]));
}

TEST_CASE("fit leaves the floating-point mode as it found it") {
  const auto data = two_sides<float>(20, 3);
  Model<Simple> model(init::he_normal(), 1);
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 2, .validation = &data});
  CHECK(makes_denormals());
}

TEST_CASE("labels of a user's source are checked as they come: an error with the row, never a write out of bounds") {
  struct Late {
    using value_type = float;
    using target_type = std::int32_t;
    std::size_t size() const { return 10; }
    std::size_t features() const { return 3; }
    std::size_t outputs() const { return 1; }
    void gather(std::span<const std::size_t> rows, float* x, std::int32_t* y) const {
      std::fill_n(x, 3 * rows.size(), 0.5f);
      for (const std::size_t row : rows) *y++ = row == 7 ? 2 : 1;
    }
  } source;
  Model<Classes> model(init::he_normal(), 1);
  const auto text = message_of<DataError>(
      [&] { fit(model, source, CrossEntropyLoss{}, Adam{}, {.epochs = 1, .batch_size = 5, .shuffle = false}); });
  CHECK(contains(text, "fit: label is 2 in row 7"));
  CHECK(contains(message_of<DataError>([&] { static_cast<void>(evaluate(model, source, CrossEntropyLoss{})); }),
                 "label is 2 in row 7"));
}
