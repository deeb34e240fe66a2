// SPDX-License-Identifier: MIT
#include "evomlp/metrics/rmse.hpp"

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

double of(const Doubles& y, const Doubles& targets) { return after(RMSE{}, 1, y, targets).value(); }

}  // namespace

static_assert(Metric<RMSE> && RMSE::name == "rmse" && !RMSE::larger_is_better);

TEST_CASE("RMSE agrees with its formula, whatever the batches") {
  for (const std::size_t batch : {1u, 2u, 5u, 12u, 13u, 1000u}) {
    const auto metric = after(RMSE{}, 3, evomlp_reference::metric_outputs, evomlp_reference::metric_targets, batch);
    CHECK(metric.value() == doctest::Approx(evomlp_reference::metric_rmse).epsilon(1e-13));
  }
  const std::vector<float> y(std::begin(evomlp_reference::metric_outputs), std::end(evomlp_reference::metric_outputs)),
      t(std::begin(evomlp_reference::metric_targets), std::end(evomlp_reference::metric_targets));
  CHECK(after(RMSE{}, 3, y, t, 4).value() == doctest::Approx(evomlp_reference::metric_rmse).epsilon(1e-13));
}

TEST_CASE("RMSE of one row, of exact predictions, of what isn't finite") {
  CHECK(of({3}, {5}) == 2);
  CHECK(of({-3}, {5}) == 8);
  CHECK(of({1, 2, 3}, {1, 2, 3}) == 0);
  CHECK(std::isnan(of({1, std::numeric_limits<double>::quiet_NaN()}, {1, 2})));
  CHECK(std::isinf(of({1, std::numeric_limits<double>::infinity()}, {1, 2})));
  CHECK(std::isnan(RMSE{}.value()));  // nothing seen
}
