// SPDX-License-Identifier: MIT
// L1Loss: the mean absolute error.
#pragma once

#include "evomlp/losses/loss.hpp"

namespace evomlp {

/// L = Σ |y − t| / (B C), dL/dy = sign(y − t) / (B C), 0 where y = t. Minus the log-likelihood of a Laplace distribution
/// around y, but for constants; outputs tend to the median of the targets, not to their mean.
struct L1Loss {
  static auto value(auto y, auto t) { return abs(y - t); }
  static auto slope(auto y, auto t) {
    const auto e = y - t;
    return select(e > 0, 1, select(e < 0, -1, e));  // e itself is 0 or NaN
  }
};

}  // namespace evomlp
