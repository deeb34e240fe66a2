// SPDX-License-Identifier: MIT
// Quantiles of a few numbers: medians and quartiles over seeds.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace evomlp {

/// Quantile p of n sorted numbers: at place (n − 1) p, counted from 0, on the straight line between its neighbours (R's
/// type 7, NumPy's default). Throws Error for no numbers and for a p outside 0 to 1.
inline double quantile(std::span<const double> sorted, double p) {
  if (sorted.empty()) throw Error("quantile: there are no numbers, expected at least one");
  if (!(p >= 0 && p <= 1)) throw Error(detail::concat({"quantile: p is ", p, ", expected 0 to 1"}));
  const double place = static_cast<double>(sorted.size() - 1) * p;
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = (std::min)(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace evomlp
