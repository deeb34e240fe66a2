// SPDX-License-Identifier: MIT
// MAE: mean absolute error.
#pragma once

#include "evomlp/metrics/metric.hpp"

#include <cmath>
#include <string_view>

namespace evomlp {

/// Mean absolute error: mean over all elements of |y − t|.
struct MAE {
  static constexpr std::string_view name = "mae";
  static constexpr bool larger_is_better = false, takes_labels = false;
  double sum = 0, count = 0;

  void add(auto y, auto target) {
    detail::for_each_output(y, target, [&](double v, double t) { sum += std::fabs(v - t), ++count; });
  }
  void reduce(auto over_all) { over_all(sum, count); }
  double value() const { return sum / count; }
};

}  // namespace evomlp
