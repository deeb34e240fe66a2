// SPDX-License-Identifier: MIT
// EarlyStopping: no more epochs when they no longer help.
#pragma once

#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/error.hpp"

#include <optional>
#include <string>

namespace evomlp {

/// Stops after `patience` epochs in a row without an improvement of the watched figure by more than `min_delta`; a NaN is
/// none. (Keras's counting.)
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
    if (patience < 1)
      throw TrainingError("EarlyStopping: patience is " + std::to_string(patience) + ", expected at least 1");
    if (!(min_delta >= 0))
      throw TrainingError("EarlyStopping: min_delta is " + std::to_string(min_delta) + ", expected at least 0");
    counters = {};
  }
  void on_epoch(const EpochReport& report) {
    const std::optional<Figure> figure = watched(report, monitor);
    if (!figure) return;
    if (figure->improves_on(counters.best, min_delta)) {
      counters = {figure->value, 0};
    } else if (++counters.epochs_without >= patience) {
      report.fit.stop(StopReason::early_stopping,
                      std::to_string(counters.epochs_without) +
                          (counters.epochs_without == 1 ? " epoch" : " epochs") + " without an improvement");
    }
  }
  void remember(auto& memory) {
    memory("best", counters.best);
    memory("epochs_without", counters.epochs_without);
  }
};

}  // namespace evomlp
