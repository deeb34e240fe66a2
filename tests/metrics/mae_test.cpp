// SPDX-License-Identifier: MIT
#include "evomlp/metrics/mae.hpp"

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

double of(const Doubles& y, const Doubles& targets) { return after(MAE{}, 1, y, targets).value(); }

}  // namespace

static_assert(Metric<MAE> && MAE::name == "mae" && !MAE::larger_is_better);

TEST_CASE("MAE agrees with its formula, whatever the batches") {
  for (const std::size_t batch : {1u, 2u, 5u, 12u, 13u, 1000u}) {
    const auto metric = after(MAE{}, 3, evomlp_reference::metric_outputs, evomlp_reference::metric_targets, batch);
    CHECK(metric.value() == doctest::Approx(evomlp_reference::metric_mae).epsilon(1e-13));
  }
  const std::vector<float> y(std::begin(evomlp_reference::metric_outputs), std::end(evomlp_reference::metric_outputs)),
      t(std::begin(evomlp_reference::metric_targets), std::end(evomlp_reference::metric_targets));
  CHECK(after(MAE{}, 3, y, t, 4).value() == doctest::Approx(evomlp_reference::metric_mae).epsilon(1e-13));
}

TEST_CASE("MAE of one row, of exact predictions, of what isn't finite") {
  CHECK(of({3}, {5}) == 2);
  CHECK(of({-3}, {5}) == 8);
  CHECK(of({1, 2, 3}, {1, 2, 3}) == 0);
  CHECK(std::isnan(of({1, std::numeric_limits<double>::quiet_NaN()}, {1, 2})));
  CHECK(std::isinf(of({1, std::numeric_limits<double>::infinity()}, {1, 2})));
  CHECK(std::isnan(MAE{}.value()));  // nothing seen
}
