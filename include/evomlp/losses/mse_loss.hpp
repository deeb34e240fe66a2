// SPDX-License-Identifier: MIT
// MSELoss: the mean squared error.
#pragma once

#include "evomlp/losses/loss.hpp"

namespace evomlp {

/// How a loss adds up over a batch of B rows of C outputs.
enum class Reduction {
  mean,                 ///< the mean over all B · C elements, as PyTorch
  half_sum_per_sample,  ///< ½ of the sum over the outputs, the mean over the samples
};

/// Mean: L = Σ (y − t)² / (B C), dL/dy = 2 (y − t) / (B C). Half sum: L = Σ ½ (y − t)² / B, dL/dy = (y − t) / B.
/// Minus the log-likelihood of a Gaussian around y, but for constants.
struct MSELoss {
  Reduction reduction = Reduction::mean;

  static auto value(auto y, auto t) { return (y - t) * (y - t); }
  static auto slope(auto y, auto t) { return 2 * (y - t); }
  double scale(double rows, double cols) const {
    return reduction == Reduction::mean ? 1 / (rows * cols) : 0.5 / rows;
  }
};

}  // namespace evomlp
