// SPDX-License-Identifier: MIT
#include "evomlp/core/quantile.hpp"

#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using evomlp::quantile;
using evomlp_test::message_of;

TEST_CASE("quantile: on the line between its neighbours, and the ends themselves") {
  const std::vector<double> sorted{1, 1.5, 2.6, 3, 4, 9};
  // Python: statistics.quantiles([3, 1, 4, 1.5, 9, 2.6], n=4, method='inclusive') = [1.775, 2.8, 3.75]
  CHECK(quantile(sorted, 0.25) == doctest::Approx(1.775));
  CHECK(quantile(sorted, 0.5) == doctest::Approx(2.8));
  CHECK(quantile(sorted, 0.75) == doctest::Approx(3.75));
  CHECK(quantile(sorted, 0) == 1);
  CHECK(quantile(sorted, 1) == 9);
  CHECK(quantile(std::vector{7.0}, 0.3) == 7);
}

TEST_CASE("quantile refuses no numbers, and what is no share") {
  CHECK(message_of([] { quantile({}, 0.5); }) == "quantile: there are no numbers, expected at least one");
  for (const double p : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
    CHECK(message_of([&] { quantile(std::vector{1.0}, p); }).find("expected 0 to 1") != std::string::npos);
}
