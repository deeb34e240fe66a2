// SPDX-License-Identifier: MIT
// StepLR: a smaller rate every few epochs.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/schedulers/scheduler.hpp"

#include <cmath>

namespace evomlp {

/// lr · gamma^⌊epoch / step_size⌋. (PyTorch's)
struct StepLR {
  int step_size = 1;  ///< epochs
  double gamma = 0.1;

  void on_begin(const BeginReport&) const {
    detail::require_at_least("StepLR", "step_size", step_size, 1);
    detail::require_not_negative("StepLR", "gamma", gamma);
  }
  double lr_factor(const SchedulePoint& point) const { return std::pow(gamma, point.epoch / step_size); }
};

}  // namespace evomlp
