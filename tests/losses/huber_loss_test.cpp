// SPDX-License-Identifier: MIT
#include "evomlp/losses/huber_loss.hpp"

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

using evomlp::HuberLoss;
using evomlp_test::run_loss;

static_assert(std::is_same_v<decltype(HuberLoss{}), HuberLoss<1.0>>);

TEST_CASE("HuberLoss agrees with the reference, delta 1 and another") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const double tolerance = std::is_same_v<T, double> ? 1e-14 : 1e-6;
    for (const auto& c : evomlp_reference::huber_cases) evomlp_test::check_loss_case<T, Isa>(HuberLoss{}, c, tolerance);
    for (const auto& c : evomlp_reference::huber_half_cases)
      evomlp_test::check_loss_case<T, Isa>(HuberLoss<0.5>{}, c, tolerance);
  });
}

TEST_CASE("HuberLoss by hand: small, at delta, large, and a NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::array<double, 4> y = {1, 2, 3, -4}, t = {0, 2, 5, -4.5};
  const auto r = run_loss<double>(HuberLoss<2.0>{}, 2, 2, std::span<const double>(y), std::span<const double>(t));
  CHECK(r.value == (0.5 + 0 + 2 + 0.125) / 4);
  CHECK(r.gradient == std::vector<double>{0.25, 0, -0.5, 0.125});
  const std::array<double, 2> two = {nan, 1e30}, zero = {0, 0};
  const auto n = run_loss<double>(HuberLoss{}, 2, 1, std::span<const double>(two), std::span<const double>(zero));
  CHECK(std::isnan(n.value));
  CHECK(std::isnan(n.gradient[0]));
  CHECK(n.gradient[1] == 0.5);
}

TEST_CASE("HuberLoss: gradient by finite differences") {
  evomlp_test::check_gradient_by_differences(HuberLoss{}, 1e-8);
  evomlp_test::check_gradient_by_differences(HuberLoss<0.25>{}, 1e-8);
}
