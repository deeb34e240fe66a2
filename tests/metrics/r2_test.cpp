// SPDX-License-Identifier: MIT
#include "evomlp/metrics/r2.hpp"

#include "reference/metrics.hpp"
#include "support/metric.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::after;

namespace {

using Doubles = std::vector<double>;
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

double of(const Doubles& y, const Doubles& targets) { return after(R2{}, 1, y, targets).value(); }

}  // namespace

static_assert(Metric<R2> && R2::name == "r2" && R2::larger_is_better);

TEST_CASE("R2 agrees with its formula, whatever the batches; targets far from 0 don't cancel") {
  for (const std::size_t batch : {1u, 2u, 5u, 12u, 13u, 1000u}) {
    const auto metric = after(R2{}, 3, evomlp_reference::metric_outputs, evomlp_reference::metric_targets, batch);
    CHECK(metric.value() == doctest::Approx(evomlp_reference::metric_r2).epsilon(1e-11));
    REQUIRE(metric.outputs.size() == 3);
    CHECK(1 - metric.outputs[0].residual / metric.outputs[0].around_mean ==
          doctest::Approx(evomlp_reference::metric_r2_first).epsilon(1e-13));
  }
  CHECK(of({1e9 + 1, 1e9 + 3}, {1e9, 1e9 + 2}) == doctest::Approx(0));
}

TEST_CASE("R2: 1 is exact, 0 as good as the mean, and it has no least value") {
  CHECK(of({1, 2, 4}, {1, 2, 4}) == 1);
  CHECK(of({2, 2, 2}, {1, 2, 3}) == doctest::Approx(0));
  CHECK(of({3, 2, 1}, {1, 2, 3}) == doctest::Approx(-3));
}

TEST_CASE("R2 of equal targets and of one row: 1 if met exactly, else 0") {
  const Doubles tenths(5, 0.1);  // not exact in binary: their mean must be
  CHECK(of(tenths, tenths) == 1);
  CHECK(of({0.1, 0.1, 0.2, 0.1, 0.1}, tenths) == 0);
  CHECK(of({3}, {3}) == 1);
  CHECK(of({3}, {2}) == 0);
  // Outputs count alike: one of two is constant and met, the other is as good as the mean.
  CHECK(after(R2{}, 2, Doubles{2, 7, 2, 7}, Doubles{1, 7, 3, 7}, 1).value() == doctest::Approx(0.5));
}

TEST_CASE("R2 of a NaN is one, also where the targets are equal") {
  CHECK(std::isnan(of({1, not_a_number}, {1, 2})));
  CHECK(std::isnan(of({1, not_a_number}, {1, 1})));
  CHECK(std::isnan(of({1, 2}, {1, not_a_number})));
}
