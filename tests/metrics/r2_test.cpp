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

TEST_CASE("R2 of equal targets that several processes share") {
  const std::size_t rows[] = {7, 6, 3};
  for (const double y : {0.1, 0.2}) {
    R2 parts[3];
    double all_rows = 0, means = 0, residuals = 0, squares = 0;
    for (std::size_t p = 0; p < 3; ++p) {
      parts[p] = after(R2{}, 1, Doubles(rows[p], y), Doubles(rows[p], 0.1));
      all_rows += parts[p].rows;
      means += parts[p].rows * parts[p].outputs[0].mean;
      residuals += parts[p].outputs[0].residual;
    }
    // As several processes sum, in two goes.
    struct Sum {
      double rows, means, residuals;
      double& squares;
      void operator()(double& rows_, Doubles& means_, Doubles& residuals_) const {
        rows_ = rows;
        means_[0] = means;
        residuals_[0] = residuals;
      }
      void operator()(Doubles& squares_) const { squares += squares_[0]; }
    };
    for (R2& part : parts) part.reduce(Sum{all_rows, means, residuals, squares});
    CHECK(squares == 0);
  }
}

TEST_CASE("R2 of a NaN is one, also where the targets are equal") {
  CHECK(std::isnan(of({1, not_a_number}, {1, 2})));
  CHECK(std::isnan(of({1, not_a_number}, {1, 1})));
  CHECK(std::isnan(of({1, 2}, {1, not_a_number})));
}
