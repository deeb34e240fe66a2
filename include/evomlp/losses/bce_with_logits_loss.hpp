// SPDX-License-Identifier: MIT
// BCEWithLogitsLoss: binary cross-entropy on logits.
#pragma once

#include "evomlp/losses/loss.hpp"

#include <cstddef>

namespace evomlp {

/// L = mean over all elements of max(z, 0) − z t + log(1 + exp(−|z|)), which is −t log σ(z) − (1 − t) log(1 − σ(z))
/// without ever computing log 0; dL/dz = (σ(z) − t) / (B C). Targets in [0, 1], at which `fit` and `evaluate` look
/// before they begin: beyond them the loss has no lower bound. Accurate for any finite logit.
struct BCEWithLogitsLoss {
  static constexpr bool takes_logits = true;
  static constexpr double target_range[] = {0, 1};

  static auto value(auto z, auto t) { return max(z, 0) - z * t + log1p(exp(-abs(z))); }
  static auto slope(auto z, auto t) { return 1 / (1 + exp(-z)) - t; }

  /// Share of the outputs on the right side of 0 (a target above ½ counts as 1). A NaN is on neither.
  static double accuracy(auto z, auto t) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < z.rows; ++i)
      for (std::size_t j = 0; j < z.cols; ++j) {
        const bool is_right = static_cast<double>(t(i, j)) > 0.5 ? z(i, j) > 0 : z(i, j) <= 0;
        right += is_right ? 1 : 0;
      }
    return static_cast<double>(right) / static_cast<double>(z.rows * z.cols);
  }
};

}  // namespace evomlp
