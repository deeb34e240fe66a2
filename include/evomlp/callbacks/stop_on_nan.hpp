// SPDX-License-Identifier: MIT
// StopOnNaN: the step at which a parameter went bad, and which one.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/net/first_not_finite.hpp"

#include <cstddef>

namespace evomlp {

/// After every `every` steps (0: never) looks at all parameters and running statistics, and stops at the first NaN or
/// infinity; History::stop_message() names the first layer that has one. fit itself always checks the loss of each step,
/// and the parameters after each epoch.
struct StopOnNaN {
  int every = 1;

  void on_begin(const BeginReport&) const { detail::require_at_least("StopOnNaN", "every", every, 0); }
  void on_step(const StepReport& report, const auto& model, const auto&) const {
    const std::size_t done = static_cast<std::size_t>(report.epoch) * report.steps + report.step + 1;  // of the run
    if (every == 0 || done % static_cast<std::size_t>(every) != 0) return;
    if (const auto bad = detail::first_not_finite(model))
      report.fit.stop(StopReason::not_finite, detail::not_finite_message(*bad, report.epoch, report.step));
  }
};

}  // namespace evomlp
