// SPDX-License-Identifier: MIT
// One step: what it returns, what it refuses, and that a refusal changes nothing.
#include "evomlp/train/train_step.hpp"

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/batch.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::batch;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::normal_batch;
using evomlp_test::remembered;
using evomlp_test::same_bits;

namespace {

using Net = Sequential<Linear<3, 8>, BatchNorm1d<8>, ReLU, Linear<8, 2>>;
using Plainest = Sequential<Linear<3, 2>>;

Labels labels(std::initializer_list<std::int32_t> numbers) {
  Labels result = make_labels(numbers.size());
  std::copy(numbers.begin(), numbers.end(), result.begin());
  return result;
}

/// A model and state after two good steps, so that there is something to disturb.
struct Fixture {
  Model<Net> model{init::he_normal(), 1};
  State<Net, float, decltype(chain(ClipGradValue{0.01}, Adam{}))> state{
      model, chain(ClipGradValue{0.01}, Adam{}), {.max_batch = 6}};
  Tensor<float> x = normal_batch<float>(6, 3, 1), y = normal_batch<float>(6, 2, 2);

  Fixture() {
    train_step(model, state, MSELoss{}, x, y);
    train_step(model, state, MSELoss{}, x, y);
  }
};

/// The message of the E that a call throws, which must leave model and state as they were.
template <class E>
std::string refused(Fixture& f, auto call) {
  const auto model = f.model;
  const auto state = remembered(f.state);
  REQUIRE(state.step == 2);
  REQUIRE(state.clipped > 0);
  const auto text = message_of<E>(call);
  CHECK(same_bits(f.model, model));
  CHECK(remembered(f.state) == state);
  return text;
}

}  // namespace

TEST_CASE("the loss returned is the one before the update, and the update follows the gradient") {
  Model<Plainest, double> model(init::xavier_uniform(), 2);
  State state(model, SGD{.lr = 0.1}, {.max_batch = 4});
  const auto x = normal_batch<double>(4, 3, 3), y = normal_batch<double>(4, 2, 4);
  const auto before = model;
  const auto outputs = predict(model, x);
  double expected = 0;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 2; ++j) expected += (outputs(i, j) - y(i, j)) * (outputs(i, j) - y(i, j)) / 8;
  CHECK(train_step(model, state, MSELoss{}, x, y) == doctest::Approx(expected).epsilon(1e-14));
  CHECK(state.step() == 1);
  for (std::size_t i = 0; i < model.parameters().size(); ++i)
    CHECK(model.parameters()[i] == doctest::Approx(before.parameters()[i] - 0.1 * state.gradients()[i]).epsilon(1e-15));
  CHECK(train_step(model, state, MSELoss{}, x, y) < expected);
  CHECK(state.step() == 2);
}

TEST_CASE("any expression of the right shape trains: views, lazy ones, arrays") {
  const auto x = normal_batch<double>(8, 3, 3), y = normal_batch<double>(8, 2, 4);
  const auto after = [&](const auto& xs, const auto& ys) {
    Model<Plainest, double> model(init::xavier_uniform(), 2);
    State state(model, SGD{.lr = 0.1}, {.max_batch = 8});
    train_step(model, state, MSELoss{}, xs, ys);
    return model;
  };
  const auto whole = after(x, y);
  const xt::xtensor<double, 2, xt::layout_type::column_major> columns = x;
  CHECK(same_bits(after(columns, y), whole));
  CHECK(same_bits(after(1.0 * x, y + 0.0), whole));
  const auto adapted = detail::tensor_view(x.data(), 8, 3);
  CHECK(same_bits(after(adapted, y), whole));
}

TEST_CASE("smaller batches than max_batch give what they give alone") {
  const auto x = normal_batch<double>(3, 3, 3), y = normal_batch<double>(3, 2, 4);
  const auto after = [&](int max_batch) {
    Model<Net, double> model(init::he_normal(), 2);
    State state(model, Adam{}, {.max_batch = max_batch});
    for (int i = 0; i < 5; ++i) train_step(model, state, MSELoss{}, x, y);
    return model;
  };
  CHECK(same_bits(after(3), after(200)));
}

TEST_CASE("x of a wrong width") {
  Fixture f;
  const auto text =
      refused<ShapeError>(f, [&] { train_step(f.model, f.state, MSELoss{}, normal_batch<float>(6, 4, 1), f.y); });
  CHECK(text == "train_step: x has shape (6, 4), expected (batch, 3)");
}

TEST_CASE("y of a wrong width") {
  Fixture f;
  const auto text =
      refused<ShapeError>(f, [&] { train_step(f.model, f.state, MSELoss{}, f.x, normal_batch<float>(6, 1, 1)); });
  CHECK(text == "train_step: y has shape (6, 1), expected (batch, 2)");
}

TEST_CASE("x and y of different numbers of rows") {
  Fixture f;
  CHECK(refused<ShapeError>(f, [&] { train_step(f.model, f.state, MSELoss{}, f.x, normal_batch<float>(5, 2, 1)); }) ==
        "train_step: y has 5 rows, x has 6");
  CHECK(refused<ShapeError>(f, [&] { train_step(f.model, f.state, CrossEntropyLoss{}, f.x, labels({0, 1, 0})); }) ==
        "train_step: y has 3 rows, x has 6");
}

TEST_CASE("labels out of range") {
  Fixture f;
  for (const std::int32_t bad : {2, -1, 1000000000, -2147483647}) {
    const auto text = refused<DataError>(
        f, [&] { train_step(f.model, f.state, CrossEntropyLoss{}, f.x, labels({0, 1, 0, bad, 1, 0})); });
    CHECK(contains(
        text, ("label is " + std::to_string(bad) + " in row 3 (counted from 0), expected 0 to 1 (the network has 2")
                  .c_str()));
  }
}

TEST_CASE("an empty batch, one larger than max_batch, a batch of one before BatchNorm") {
  Fixture f;
  CHECK(contains(
      refused<ShapeError>(
          f, [&] { train_step(f.model, f.state, MSELoss{}, make_matrix<float>(0, 3), make_matrix<float>(0, 2)); }),
      "an empty batch"));
  const auto larger = refused<ShapeError>(
      f, [&] { train_step(f.model, f.state, MSELoss{}, normal_batch<float>(7, 3, 1), normal_batch<float>(7, 2, 1)); });
  CHECK(contains(larger, "a batch of 7 rows, more than the 6"));
  const auto one = refused<ShapeError>(
      f, [&] { train_step(f.model, f.state, MSELoss{}, normal_batch<float>(1, 3, 1), normal_batch<float>(1, 2, 1)); });
  CHECK(contains(one, "a batch of 1 row, but BatchNorm1d needs at least 2"));
}

TEST_CASE("a batch of one is fine without BatchNorm") {
  Model<Plainest> model(init::he_normal(), 1);
  State state(model, SGD{}, {.max_batch = 1});
  CHECK(std::isfinite(train_step(model, state, MSELoss{}, normal_batch<float>(1, 3, 1), normal_batch<float>(1, 2, 1))));
}

TEST_CASE("max_batch must be at least 1") {
  const Model<Plainest> model(init::he_normal(), 1);
  const auto make = [&](int max_batch) { State state(model, SGD{}, {.max_batch = max_batch}); };
  for (const int bad : {0, -1, (std::numeric_limits<int>::min)()})
    CHECK(contains(message_of<Error>([&] { make(bad); }), "expected at least 1"));
}

TEST_CASE("a loss that isn't finite is returned and changes nothing, running statistics included") {
  Fixture f;
  const auto model = f.model;
  const auto state = remembered(f.state);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto x = f.x;
    x(4, 1) = bad;
    CHECK(!std::isfinite(train_step(f.model, f.state, MSELoss{}, x, f.y)));
    CHECK(same_bits(f.model, model));
    CHECK(remembered(f.state) == state);
    auto y = f.y;
    y(0, 0) = bad;
    CHECK(!std::isfinite(train_step(f.model, f.state, MSELoss{}, f.x, y)));
    CHECK(same_bits(f.model, model));
    CHECK(remembered(f.state) == state);
  }
  // As if nothing had been: the next step is that of a run without them.
  Fixture undisturbed;
  CHECK(train_step(f.model, f.state, MSELoss{}, f.x, f.y) ==
        train_step(undisturbed.model, undisturbed.state, MSELoss{}, f.x, f.y));
  CHECK(same_bits(f.model, undisturbed.model));
}

TEST_CASE("logits of +-1e4 train on: the loss is finite, the step too") {
  Model<Plainest> model(init::normal(0, 1e4), 5);
  State state(model, Adam{}, {.max_batch = 6});
  const auto x = normal_batch<float>(6, 3, 1);
  const auto y = batch<float>(6, 2, {0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0});
  const double bce = train_step(model, state, BCEWithLogitsLoss{}, x, y);
  const double ce = train_step(model, state, CrossEntropyLoss{}, x, labels({0, 1, 1, 0, 0, 1}));
  CHECK(std::isfinite(bce));
  CHECK(bce > 100);
  CHECK(std::isfinite(ce));
  for (const float w : model.parameters()) CHECK(std::isfinite(w));
}

TEST_CASE("Dropout: masks follow seed and step") {
  using Dropped = Sequential<Linear<3, 32>, ReLU, Dropout<0.5>, Linear<32, 2>>;
  const auto x = normal_batch<double>(5, 3, 1), y = normal_batch<double>(5, 2, 2);
  const auto losses = [&](std::uint64_t seed) {
    Model<Dropped, double> model(init::he_normal(), 1);
    State state(model, SGD{.lr = 0}, {.max_batch = 5, .seed = seed});
    return std::vector<double>{train_step(model, state, MSELoss{}, x, y), train_step(model, state, MSELoss{}, x, y)};
  };
  CHECK(losses(1) == losses(1));
  CHECK(losses(1) != losses(2));
  CHECK(losses(1)[0] != losses(1)[1]);
}

TEST_CASE("a step leaves the caller's floating-point mode as it was") {
  Fixture f;
  const auto makes_denormals = [] {
    volatile float least = std::numeric_limits<float>::min();
    volatile float half = least * 0.5f;
    return half != 0;
  };
  REQUIRE(makes_denormals());
  train_step(f.model, f.state, MSELoss{}, f.x, f.y);
  CHECK(makes_denormals());
  CHECK(std::fegetround() == FE_TONEAREST);
}
