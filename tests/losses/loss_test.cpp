// SPDX-License-Identifier: MIT
// Losses of a user: element-wise ones of two lines, and any function of outputs and targets.
#include "evomlp/losses/loss.hpp"

#include "evomlp/data/dataset.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/train_step.hpp"
#include "support/batch.hpp"
#include "support/loss.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

using evomlp_test::run_loss;

namespace {

struct SmoothL1 {
  static auto value(auto y, auto t) {
    const auto d = abs(y - t);
    return select(d < 1, 0.5 * d * d, d - 0.5);
  }
  static auto slope(auto y, auto t) { return max(min(y - t, 1), -1); }
};

/// The sum over the outputs, the mean over the rows; settings in the object.
struct WeightedSquares {
  double weight = 1;
  auto value(auto y, auto t) const { return weight * (y - t) * (y - t); }
  auto slope(auto y, auto t) const { return 2 * weight * (y - t); }
  double scale(double rows, double) const { return 1 / rows; }
};

/// Looks at a whole row: the squared length of the difference, to the power 2, mean over the rows.
struct QuarticLoss {
  double operator()(auto y, auto target, auto dy) const {
    const double rows = static_cast<double>(y.rows);
    double sum = 0;
    for (std::size_t i = 0; i < y.rows; ++i) {
      double square = 0;
      for (std::size_t j = 0; j < y.cols; ++j) square += (y(i, j) - target(i, j)) * (y(i, j) - target(i, j));
      sum += square * square;
      if (dy.rows != 0)
        for (std::size_t j = 0; j < y.cols; ++j) dy(i, j) = 4 * square * (y(i, j) - target(i, j)) / rows;
    }
    return sum / rows;
  }
};

struct NoLoss {
  static auto value(auto y, auto t) { return y - t; }
};

static_assert(evomlp::Loss<SmoothL1> && evomlp::Loss<WeightedSquares> && evomlp::Loss<QuarticLoss> &&
              evomlp::Loss<evomlp::MSELoss> && evomlp::Loss<evomlp::BCEWithLogitsLoss> &&
              evomlp::Loss<evomlp::CrossEntropyLoss>);
static_assert(evomlp::ElementwiseLoss<SmoothL1> && !evomlp::ElementwiseLoss<QuarticLoss>);
static_assert(!evomlp::Loss<NoLoss> && !evomlp::Loss<int>);
static_assert(evomlp::detail::has_accuracy<evomlp::CrossEntropyLoss> && !evomlp::detail::has_accuracy<SmoothL1>);

const std::array<double, 6> y = {0.5, -2, 1, 3, 0.25, -0.75}, target = {0, 0, 1, 0, 1, -1};

}  // namespace

TEST_CASE("a user's element-wise loss: the mean over all elements, vectorised with tails") {
  // Elements: 0.125, 1.5, 0, 2.5, 0.28125, 0.03125
  const auto r = run_loss<double>(SmoothL1{}, 3, 2, std::span<const double>(y), std::span<const double>(target));
  CHECK(r.value == doctest::Approx(4.4375 / 6).epsilon(1e-15));
  CHECK(r.value_alone == r.value);
  const std::array<double, 6> slopes = {0.5, -1, 0, 1, -0.75, 0.25};
  for (std::size_t i = 0; i < 6; ++i) CHECK(r.gradient[i] == doctest::Approx(slopes[i] / 6).epsilon(1e-15));
  const std::vector<double> near_target(y.begin(), y.end());
  CHECK(evomlp_test::gradient_error(SmoothL1{}, 2, 3, near_target, std::span<const double>(target)) < 1e-8);
}

TEST_CASE("a user's loss with a scale of its own and settings") {
  const auto r =
      run_loss<double>(WeightedSquares{.weight = 2}, 2, 3, std::span<const double>(y), std::span<const double>(target));
  CHECK(r.value == doctest::Approx(0.25 + 4 + 0 + 9 + 0.5625 + 0.0625));
  CHECK(r.gradient[1] == -4);
}

TEST_CASE("a user's loss over whole rows") {
  const auto r = run_loss<double>(QuarticLoss{}, 3, 2, std::span<const double>(y), std::span<const double>(target));
  CHECK(r.value == doctest::Approx((4.25 * 4.25 + 81 + 0.625 * 0.625) / 3));
  CHECK(evomlp_test::gradient_error(QuarticLoss{}, 3, 2, {y.begin(), y.end()}, std::span<const double>(target)) < 1e-8);
}

TEST_CASE("users' losses train and evaluate") {
  using namespace evomlp;
  using Net = Sequential<Linear<2, 8>, Tanh, Linear<8, 1>>;
  const auto x = evomlp_test::batch<double>(4, 2, {0, 0, 0, 1, 1, 0, 1, 1}),
             xor_ = evomlp_test::batch<double>(4, 1, {0, 1, 1, 0});
  const auto train = [&](auto loss, double lr) {
    Model<Net, double> model(init::xavier_normal(), 3);
    State state(model, SGD{.lr = lr}, {.max_batch = 4});
    const double first = train_step(model, state, loss, x, xor_);
    for (int i = 0; i < 3000; ++i) train_step(model, state, loss, x, xor_);
    const double last = evaluate(model, Dataset<double>{x, xor_}, loss).loss;
    CHECK(last < 0.02 * first);
  };
  train(SmoothL1{}, 0.3);
  train(WeightedSquares{.weight = 0.8}, 0.1);
  train(QuarticLoss{}, 0.05);
}
