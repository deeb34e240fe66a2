// SPDX-License-Identifier: MIT
// StepLR: a smaller rate every few epochs.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/schedulers/scheduler.hpp"

#include <cmath>
#include <string>

namespace evomlp {

/// lr · gamma^⌊epoch / step_size⌋. (PyTorch's)
struct StepLR {
  int step_size = 1;  ///< epochs
  double gamma = 0.1;

  void on_begin(const BeginReport&) const {
    if (step_size < 1)
      throw TrainingError("StepLR: step_size is " + std::to_string(step_size) + ", expected at least 1");
  }
  double at(const SchedulePoint& point) const { return std::pow(gamma, point.epoch / step_size); }
};

}  // namespace evomlp
