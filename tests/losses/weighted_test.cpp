// SPDX-License-Identifier: MIT
// Losses of weighted samples.
#include "reference/weighted.hpp"

#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "support/draw.hpp"
#include "support/loss.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using evomlp::BCEWithLogitsLoss;
using evomlp::CrossEntropyLoss;
using evomlp::MSELoss;
using evomlp_test::difference;
using evomlp_test::Guarded;
using evomlp_test::LossResult;

namespace {

using Ints = std::vector<std::int32_t>;

/// A loss that isn't element-wise: of the largest error of a row.
struct LargestSquare {
  double operator()(auto y, auto target, auto dy) const {
    double sum = 0;
    for (std::size_t i = 0; i < y.rows; ++i) {
      std::size_t worst = 0;
      const auto error = [&](std::size_t j) {
        return static_cast<double>(y(i, j)) - static_cast<double>(target(i, j));
      };
      for (std::size_t j = 1; j < y.cols; ++j) worst = std::abs(error(j)) > std::abs(error(worst)) ? j : worst;
      sum += error(worst) * error(worst);
      if (dy.rows == 0) continue;
      for (std::size_t j = 0; j < y.cols; ++j)
        dy(i, j) =
            static_cast<typename decltype(y)::Scalar>(j == worst ? 2 * error(j) / static_cast<double>(y.rows) : 0);
    }
    return sum / static_cast<double>(y.rows);
  }
};

template <class T, class Isa = evomlp::isa::ThisTarget, class Target>
LossResult<T> run(const auto& loss, std::size_t rows, std::size_t cols, std::span<const T> y,
                  std::span<const Target> target, const std::vector<T>& weights) {
  using M = evomlp::kernels::Matrix<T, Isa>;
  Guarded<T> prediction(y.size(), 1, 0), gradient(y.size(), 1, 3);
  std::copy(y.begin(), y.end(), prediction.data());
  const auto to = [&] {
    if constexpr (std::is_same_v<Target, std::int32_t>)
      return evomlp::detail::LabelView{target.data(), target.size()};
    else
      return evomlp::kernels::Matrix<const T, Isa>{target.data(), rows, cols};
  }();
  const M z{prediction.data(), rows, cols};
  const T* const w = weights.empty() ? nullptr : weights.data();
  LossResult<T> result;
  result.value = evomlp::detail::loss_of(loss, z, to, M{gradient.data(), rows, cols}, w);
  result.value_alone = evomlp::detail::loss_of(loss, z, to, M{nullptr, 0, cols}, w);
  REQUIRE(gradient.intact());
  result.gradient.assign(gradient.values().begin(), gradient.values().end());
  return result;
}

template <class T>
std::vector<T> as(std::span<const double> numbers) {
  return {numbers.begin(), numbers.end()};
}

template <class T, class Isa>
void check_cases(const auto& loss, const auto& cases) {
  const double tolerance = std::is_same_v<T, double> ? 1e-12 : 2e-6;
  for (const evomlp_reference::WeightedLossCase& weighted : cases) {
    const evomlp_reference::LossCase& c = weighted.loss;
    INFO(std::string(c.what));
    const auto y = as<T>(c.prediction), target = as<T>(c.target), weights = as<T>(weighted.weights);
    const auto result = [&] {
      if constexpr (evomlp::detail::takes_labels<std::remove_cvref_t<decltype(loss)>>())
        return run<T, Isa>(loss, c.rows, c.cols, std::span<const T>(y), c.labels, weights);
      else
        return run<T, Isa>(loss, c.rows, c.cols, std::span<const T>(y), std::span<const T>(target), weights);
    }();
    CHECK(std::abs(result.value - c.value) <= tolerance * std::abs(c.value));
    CHECK(std::abs(result.value_alone - c.value) <= tolerance * std::abs(c.value));
    CHECK(difference(result.gradient, c.gradient) <= tolerance);
  }
}

/// Six rows of three outputs, targets or labels.
struct Drawn {
  std::vector<double> y, target, weights;
  Ints labels{0, 2, 1, 1, 0, 2};

  explicit Drawn(std::uint64_t seed) : y(18), target(18), weights(6) {
    evomlp_test::Draw draw(seed);
    draw.fill_normal(std::span(y));
    draw.fill_normal(std::span(target));
    for (double& w : weights) w = draw.uniform(0, 2);
  }
  LossResult<double> run_with(const auto& loss, const std::vector<double>& w) const {
    if constexpr (evomlp::detail::takes_labels<std::remove_cvref_t<decltype(loss)>>())
      return run<double>(loss, 6, 3, std::span<const double>(y), std::span<const std::int32_t>(labels), w);
    else
      return run<double>(loss, 6, 3, std::span<const double>(y), std::span<const double>(target), w);
  }
};

void over_losses(auto check) {
  check(MSELoss{});
  check(MSELoss{.reduction = evomlp::Reduction::half_sum_per_sample});
  check(BCEWithLogitsLoss{});
  check(CrossEntropyLoss{});
  check(LargestSquare{});
}

}  // namespace

TEST_CASE("weighted losses agree with the reference, also with weights of classes") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    check_cases<T, Isa>(MSELoss{}, evomlp_reference::weighted_mse_cases);
    check_cases<T, Isa>(MSELoss{.reduction = evomlp::Reduction::half_sum_per_sample},
                        evomlp_reference::weighted_half_sum_per_sample_cases);
    check_cases<T, Isa>(BCEWithLogitsLoss{}, evomlp_reference::weighted_bce_with_logits_cases);
    check_cases<T, Isa>(CrossEntropyLoss{}, evomlp_reference::weighted_cross_entropy_cases);
  });
}

TEST_CASE("equal weights are as good as none, whatever their size") {
  over_losses([](const auto& loss) {
    const Drawn drawn(1);
    const auto plain = drawn.run_with(loss, {});
    for (const double weight : {1.0, 0.3, 1e-300, 1e300}) {
      const auto weighted = drawn.run_with(loss, std::vector<double>(6, weight));
      CHECK(weighted.value == doctest::Approx(plain.value).epsilon(1e-14));
      CHECK(weighted.value_alone == doctest::Approx(plain.value).epsilon(1e-14));
      CHECK(difference(weighted.gradient, plain.gradient) < 1e-14);
    }
  });
}

TEST_CASE("a weight of 2 is the sample twice, a weight of 0 is none of it") {
  over_losses([](const auto& loss) {
    Drawn drawn(2);
    for (std::size_t j = 0; j < 3; ++j) {  // row 5 as row 4
      drawn.y[15 + j] = drawn.y[12 + j];
      drawn.target[15 + j] = drawn.target[12 + j];
    }
    drawn.labels[5] = drawn.labels[4];
    const auto twice = drawn.run_with(loss, {});
    const auto weighted = drawn.run_with(loss, {1, 1, 1, 1, 2, 0});
    CHECK(weighted.value == doctest::Approx(twice.value).epsilon(1e-14));
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(weighted.gradient[12 + j] == doctest::Approx(2 * twice.gradient[12 + j]).epsilon(1e-14));
      CHECK(weighted.gradient[15 + j] == 0);
    }
  });
}

TEST_CASE("nothing but weights of 0: a loss of 0 and no gradient") {
  over_losses([](const auto& loss) {
    const auto result = Drawn(3).run_with(loss, std::vector<double>(6, 0.0));
    CHECK(result.value == 0);
    CHECK(result.value_alone == 0);
    for (const double d : result.gradient) CHECK(d == 0);
  });
}

TEST_CASE("the weighted gradient agrees with finite differences") {
  over_losses([](const auto& loss) {
    Drawn drawn(4);
    const auto result = drawn.run_with(loss, drawn.weights);
    std::vector<double> numeric;
    for (double& v : drawn.y) {
      const double before = v, h = 1e-3;
      const auto at = [&](double by) {
        v = before + by;
        const double value = drawn.run_with(loss, drawn.weights).value_alone;
        v = before;
        return value;
      };
      numeric.push_back((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h));
    }
    CHECK(difference(result.gradient, numeric) < 1e-9);
  });
}
