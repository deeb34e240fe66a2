// SPDX-License-Identifier: MIT
#include "evomlp/losses/bce_with_logits_loss.hpp"

#include "reference/losses.hpp"
#include "support/draw.hpp"
#include "support/loss.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace kernels = evomlp::kernels;

using evomlp::BCEWithLogitsLoss;
using evomlp::kernels::Matrix;
using evomlp_test::run_loss;

namespace {

double accuracy(const std::vector<double>& z, const std::vector<double>& t, std::size_t cols = 1) {
  return BCEWithLogitsLoss::accuracy(kernels::Matrix<const double>{z.data(), z.size() / cols, cols},
                                     kernels::Matrix<const double>{t.data(), z.size() / cols, cols});
}

}  // namespace

TEST_CASE("BCEWithLogitsLoss agrees with the reference") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (const auto& c : evomlp_reference::bce_with_logits_cases)
      evomlp_test::check_loss_case<T, Isa>(BCEWithLogitsLoss{}, c, std::is_same_v<T, double> ? 1e-13 : 1e-6);
  });
}

TEST_CASE("BCEWithLogitsLoss: any finite logit gives a finite loss and a gradient between -1 and 1") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const T most = (std::numeric_limits<T>::max)();
    const std::vector<T> z = {T(1e4), T(-1e4), T(1e4), T(-1e4), most / 8, -most / 8, 0, -T(100), T(100)};
    const std::vector<T> t = {1, 0, 0, 1, 1, 0, T(0.5), 0, 1};
    const auto r = run_loss<T, Isa>(BCEWithLogitsLoss{}, 9, 1, std::span<const T>(z), std::span<const T>(t));
    CHECK(r.value == doctest::Approx((2e4 + std::log(2.0)) / 9));
    const std::vector<double> expected = {0, 0, 1, -1, 0, 0, 0, 0, 0};
    for (std::size_t i = 0; i < z.size(); ++i)
      CHECK(static_cast<double>(r.gradient[i]) * 9 == doctest::Approx(expected[i]).epsilon(1e-6));
  });
}

TEST_CASE("BCEWithLogitsLoss: a loss far below epsilon keeps its digits") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const T z = std::is_same_v<T, float> ? T(20) : T(40);  // log(1 + exp(-z)) would be 0
    const std::vector<T> logits(9, z), targets(9, T(1));
    const auto r = run_loss<T, Isa>(BCEWithLogitsLoss{}, 9, 1, std::span<const T>(logits), std::span<const T>(targets));
    CHECK(r.value == doctest::Approx(std::exp(-static_cast<double>(z))).epsilon(1e-6).scale(1e-30));
  });
}

TEST_CASE("BCEWithLogitsLoss: a NaN logit makes the loss NaN") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (std::size_t at = 0; at < 19; ++at) {
      std::vector<T> z(19, T(1)), t(19, T(1));
      z[at] = std::numeric_limits<T>::quiet_NaN();
      REQUIRE(
          std::isnan(run_loss<T, Isa>(BCEWithLogitsLoss{}, 19, 1, std::span<const T>(z), std::span<const T>(t)).value));
    }
  });
}

TEST_CASE("BCEWithLogitsLoss: gradient by finite differences") {
  evomlp_test::Draw draw(3);
  for (const auto& [rows, cols] : std::array<std::array<std::size_t, 2>, 4>{{{1, 1}, {1, 5}, {7, 1}, {5, 3}}}) {
    std::vector<double> z(rows * cols), t(rows * cols);
    for (double& v : z) v = 3 * draw.normal();
    for (double& v : t) v = draw.uniform(0, 1);
    CHECK(evomlp_test::gradient_error(BCEWithLogitsLoss{}, rows, cols, z, std::span<const double>(t)) < 1e-9);
  }
}

TEST_CASE("BCEWithLogitsLoss: accuracy by hand") {
  CHECK(accuracy({2, -2, 0.1, -0.1}, {1, 0, 1, 0}) == 1);
  CHECK(accuracy({2, -2, 0.1, -0.1}, {0, 1, 1, 0}) == 0.5);
  CHECK(accuracy({0}, {0}) == 1);  // 0 is not on the side of 1
  CHECK(accuracy({0}, {1}) == 0);
  CHECK(accuracy({3, -3}, {0.75, 0.25}) == 1);
  CHECK(accuracy({1, -1, 1, -1, 1, -1}, {1, 0, 0, 0, 0, 0}, 3) == doctest::Approx(4.0 / 6));  // over elements, not rows
  CHECK(accuracy({std::numeric_limits<double>::quiet_NaN()}, {1}) == 0);
  CHECK(accuracy({std::numeric_limits<double>::quiet_NaN()}, {0}) == 0);
}
