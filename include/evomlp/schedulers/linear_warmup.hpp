// SPDX-License-Identifier: MIT
// LinearWarmup: a small rate for the first steps.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/schedulers/scheduler.hpp"

namespace evomlp {

/// lr · (start_factor + (1 − start_factor) · step / steps) in step `step` of the run, lr from step `steps` on.
/// (PyTorch's LinearLR, counted in steps)
struct LinearWarmup {
  int steps = 1000;
  double start_factor = 0.01;

  void on_begin(const BeginReport&) const {
    detail::require_at_least("LinearWarmup", "steps", steps, 0);
    if (!(start_factor >= 0 && start_factor <= 1))
      throw TrainingError(detail::concat({"LinearWarmup: start_factor is ", start_factor, ", expected 0 to 1"}));
  }
  double lr_factor(const SchedulePoint& point) const {
    const double done = point.steps_done();
    return done >= steps ? 1 : start_factor + (1 - start_factor) * done / steps;
  }
};

}  // namespace evomlp
