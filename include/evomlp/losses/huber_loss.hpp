// SPDX-License-Identifier: MIT
// HuberLoss: squares of small errors, absolute values of large ones.
#pragma once

#include "evomlp/core/real.hpp"
#include "evomlp/losses/loss.hpp"

namespace evomlp {

/// With e = y − t, the mean over all elements of ½ e² where |e| < delta, else delta (|e| − ½ delta);
/// dL/dy = clip(e, −delta, delta) / (B C). Outliers pull with delta at most. `HuberLoss{}` has delta 1, and is
/// PyTorch's SmoothL1Loss too; `HuberLoss<0.5>{}` another. (Huber 1964)
template <Real delta = 1.0>
struct HuberLoss {
  static_assert(delta.value() > 0, "evomlp::HuberLoss: delta must be above 0");

  static auto value(auto y, auto t) {
    const auto e = abs(y - t);
    return select(e < delta.value(), 0.5 * e * e, delta.value() * (e - 0.5 * delta.value()));
  }
  static auto slope(auto y, auto t) { return max(min(y - t, delta.value()), -delta.value()); }
};

}  // namespace evomlp
