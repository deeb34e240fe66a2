// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/symmetric_eigenvalues.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using evomlp::detail::symmetric_eigenvalues;

TEST_CASE("symmetric_eigenvalues: worked by hand") {
  CHECK(symmetric_eigenvalues({}, 0).empty());
  CHECK(symmetric_eigenvalues({-3}, 1) == std::vector<double>{-3});
  const auto two = symmetric_eigenvalues({2, 1, 1, 2}, 2);
  CHECK(two[0] == doctest::Approx(1));
  CHECK(two[1] == doctest::Approx(3));
}

TEST_CASE("symmetric_eigenvalues: NaN throughout where an entry isn't finite, also of a matrix that falls in parts") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e200})
    for (const double value : symmetric_eigenvalues({1, 0, 0, 0, bad, 0, 0, 0, 3}, 3)) CHECK(std::isnan(value));
}
