// SPDX-License-Identifier: MIT
// CosineAnnealingLR: half a cosine from the rate down to the smallest.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/schedulers/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace evomlp {

/// min_lr + (lr − min_lr) (1 + cos(π epoch / epochs)) / 2, and min_lr from there on, per epoch; a rate below min_lr
/// stays. (PyTorch's closed form up to T_max; Loshchilov and Hutter 2017 without restarts)
struct CosineAnnealingLR {
  int epochs = 0;  ///< until min_lr is reached; 0: all epochs of fit
  double min_lr = 0;

  void on_begin(const BeginReport&) const {
    detail::require_at_least("CosineAnnealingLR", "epochs", epochs, 0);
    detail::require_not_negative("CosineAnnealingLR", "min_lr", min_lr);
  }
  double lr_factor(const SchedulePoint& point) const {
    if (point.lr <= min_lr) return 1;
    const double total = epochs > 0 ? epochs : (std::max)(point.epochs, 1);
    const double share = (1 + std::cos(std::numbers::pi * (std::min)(point.epoch / total, 1.0))) / 2;
    return (min_lr + (point.lr - min_lr) * share) / point.lr;
  }
};

}  // namespace evomlp
