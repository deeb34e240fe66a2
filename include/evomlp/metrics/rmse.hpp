// SPDX-License-Identifier: MIT
// RMSE: root of the mean squared error.
#pragma once

#include "evomlp/metrics/metric.hpp"

#include <cmath>
#include <string_view>

namespace evomlp {

/// Root of the mean squared error: √(mean over all elements of (y − t)²).
struct RMSE {
  static constexpr std::string_view name = "rmse";
  static constexpr bool larger_is_better = false, takes_labels = false;
  double sum = 0, count = 0;

  void add(auto y, auto target) {
    detail::for_each_output(y, target, [&](double v, double t) { sum += (v - t) * (v - t), ++count; });
  }
  void reduce(auto over_all) { over_all(sum, count); }
  double value() const { return std::sqrt(sum / count); }
};

}  // namespace evomlp
