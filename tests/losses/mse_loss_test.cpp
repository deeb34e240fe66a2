// SPDX-License-Identifier: MIT
#include "evomlp/losses/mse_loss.hpp"

#include "reference/losses.hpp"
#include "support/loss.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

using evomlp::MSELoss;
using evomlp::Reduction;
using evomlp_test::check_loss_case;
using evomlp_test::run_loss;

TEST_CASE("MSELoss agrees with the reference, both reductions") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const double tolerance = std::is_same_v<T, double> ? 1e-14 : 1e-6;
    for (const auto& c : evomlp_reference::mse_cases) check_loss_case<T, Isa>(MSELoss{}, c, tolerance);
    for (const auto& c : evomlp_reference::half_sum_per_sample_cases)
      check_loss_case<T, Isa>(MSELoss{.reduction = Reduction::half_sum_per_sample}, c, tolerance);
  });
}

TEST_CASE("MSELoss by hand") {
  const std::array<double, 4> y = {1, 2, 3, 4}, t = {0, 2, 5, 1};  // squares 1, 0, 4, 9
  const auto mean = run_loss<double>(MSELoss{}, 2, 2, std::span<const double>(y), std::span<const double>(t));
  CHECK(mean.value == 3.5);
  CHECK(mean.gradient == std::vector<double>{0.5, 0, -1, 1.5});
  const auto half = run_loss<double>(MSELoss{Reduction::half_sum_per_sample}, 2, 2, std::span<const double>(y),
                                     std::span<const double>(t));
  CHECK(half.value == 3.5);
  CHECK(half.gradient == std::vector<double>{0.5, 0, -1, 1.5});
  // One row of four: the mean divides by 4, the half sum by 2.
  CHECK(run_loss<double>(MSELoss{}, 1, 4, std::span<const double>(y), std::span<const double>(t)).value == 3.5);
  CHECK(run_loss<double>(MSELoss{Reduction::half_sum_per_sample}, 1, 4, std::span<const double>(y),
                         std::span<const double>(t))
            .value == 7);
}

TEST_CASE("MSELoss: gradient by finite differences") {
  evomlp_test::check_gradient_by_differences(MSELoss{}, 1e-9);
  evomlp_test::check_gradient_by_differences(MSELoss{Reduction::half_sum_per_sample}, 1e-9);
}

TEST_CASE("MSELoss has no accuracy") { CHECK(!evomlp::detail::has_accuracy<MSELoss>); }
