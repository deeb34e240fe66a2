// SPDX-License-Identifier: MIT
#include "evomlp/losses/l1_loss.hpp"

#include "reference/losses.hpp"
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

using evomlp::L1Loss;
using evomlp_test::run_loss;

TEST_CASE("L1Loss agrees with the reference") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (const auto& c : evomlp_reference::l1_cases)
      evomlp_test::check_loss_case<T, Isa>(L1Loss{}, c, std::is_same_v<T, double> ? 1e-14 : 1e-6);
  });
}

TEST_CASE("L1Loss by hand: no slope where prediction and target agree, and a NaN stays one") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::array<double, 4> y = {1, 2, 3, -4}, t = {0, 2, 5, -1};
  const auto r = run_loss<double>(L1Loss{}, 2, 2, std::span<const double>(y), std::span<const double>(t));
  CHECK(r.value == 1.5);
  CHECK(r.gradient == std::vector<double>{0.25, 0, -0.25, -0.25});
  const std::array<double, 1> one = {nan}, zero = {0};
  const auto n = run_loss<double>(L1Loss{}, 1, 1, std::span<const double>(one), std::span<const double>(zero));
  CHECK(std::isnan(n.value));
  CHECK(std::isnan(n.gradient[0]));
}

TEST_CASE("L1Loss: gradient by finite differences") { evomlp_test::check_gradient_by_differences(L1Loss{}, 1e-8); }
