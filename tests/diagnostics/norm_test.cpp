// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/norm.hpp"

#include <doctest/doctest.h>

#include <span>
#include <vector>

using evomlp::detail::norm;
using evomlp::detail::sum_of_squares;

TEST_CASE("a norm, of constant numbers too, and none at all") {
  std::vector<double> v{3, -4};
  const std::vector<double> same = v;
  CHECK(norm(std::span(v)) == 5);
  CHECK(norm(std::span(same)) == 5);
  CHECK(sum_of_squares(std::span(same)) == 25);
  CHECK(norm(std::span<const double>()) == 0);
}

TEST_CASE("floats are summed in double: their squares neither overflow nor get lost") {
  const std::vector<float> large(2, 1e30f), uneven{4096, 0.5f};
  CHECK(norm(std::span(large)) == doctest::Approx(1.4142135623730951e30));
  CHECK(sum_of_squares(std::span(uneven)) == 16777216.25);
}
