// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace evomlp_test {

/// The largest absolute entry.
double largest(const auto& values) {
  double most = 0;
  for (const auto v : values) most = (std::max)(most, std::abs(static_cast<double>(v)));
  return most;
}

/// The largest difference, relative to `scale`. Infinite where the sizes differ or a difference is NaN.
double difference(const auto& got, const auto& expected, double scale) {
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  auto e = expected.begin();
  for (const auto g : got) {
    const double by = std::abs(static_cast<double>(g) - static_cast<double>(*e++));
    if (!(by <= worst)) worst = std::isnan(by) ? std::numeric_limits<double>::infinity() : by;
  }
  return worst == 0 ? 0 : worst / scale;
}

/// The largest difference, relative to the largest expected entry.
double difference(const auto& got, const auto& expected) { return difference(got, expected, largest(expected)); }

}  // namespace evomlp_test
