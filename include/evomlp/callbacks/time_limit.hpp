// SPDX-License-Identifier: MIT
// TimeLimit: training ends in time.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/require.hpp"

#include <chrono>

namespace evomlp {

/// Stops after the step during which `seconds` of wall time were over. Counts from where fit begins; a resumed fit has
/// its whole time again.
struct TimeLimit {
  double seconds = 0;

  /// What it knows in the middle of a run: when fit began.
  std::chrono::steady_clock::time_point begin{};

  void on_begin(const BeginReport&) {
    detail::require_positive("TimeLimit", "seconds", seconds);
    begin = std::chrono::steady_clock::now();
  }
  void on_step(const StepReport& report) const { check(report); }
  void on_epoch(const EpochReport& report) const { check(report); }

 private:
  void check(const auto& report) const {
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() >= seconds)
      report.fit.stop(StopReason::time_limit, detail::concat({"after ", seconds, " seconds"}));
  }
};

}  // namespace evomlp
