// SPDX-License-Identifier: MIT
// EarlyStopping: no more epochs when they no longer help.
#pragma once

#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/require.hpp"

#include <limits>
#include <optional>

namespace evomlp {

/// Stops after `patience` epochs in a row without an improvement of the watched figure by more than `min_delta`; a NaN is
/// none. A run that it has ended is over: `.resume` doesn't go on with it. (Keras's counting. Which weights come back is
/// fit's `.monitor`.)
struct EarlyStopping {
  int patience = 10;
  double min_delta = 0;
  Monitor monitor = Monitor::validation_loss;

  /// What it knows in the middle of a run.
  struct Counters {
    std::optional<double> best{};
    int epochs_without = 0;
  } counters{};

  void on_begin(const BeginReport&) {
    detail::require_at_least("EarlyStopping", "patience", patience, 1);
    detail::require_not_negative("EarlyStopping", "min_delta", min_delta);
    counters = {};
  }
  void on_epoch(const EpochReport& report) {
    const std::optional<Figure> figure = watched(report, monitor);
    if (!figure) return;
    if (figure->improves_on(counters.best, min_delta)) {
      counters = {figure->value, 0};
    } else if (++counters.epochs_without >= patience) {
      report.fit.stop(StopReason::early_stopping,
                      detail::concat({counters.epochs_without, counters.epochs_without == 1 ? " epoch" : " epochs",
                                      " without an improvement"}));
    }
  }
  void remember(auto& memory) {
    memory("best", counters.best);
    memory("epochs_without", counters.epochs_without);
    memory.require(counters.epochs_without >= 0 && counters.epochs_without < (std::numeric_limits<int>::max)(),
                   "epochs_without", "a count of epochs");
  }
};

}  // namespace evomlp
