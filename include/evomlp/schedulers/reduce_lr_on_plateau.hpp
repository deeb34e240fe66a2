// SPDX-License-Identifier: MIT
// ReduceLROnPlateau: a smaller rate when epochs no longer help.
#pragma once

#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/schedulers/scheduler.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace evomlp {

/// Multiplies the rate by `factor` after more than `patience` epochs in a row without an improvement of the watched
/// figure; then waits `cooldown` epochs before it counts again. An improvement is one by more than the share `threshold`
/// of the best. The rate doesn't fall below `min_lr`, and a change below 1e-8 isn't made. (PyTorch's arguments, defaults
/// and counting, in the mode "min", or "max" where larger is better; a NaN is no improvement. As there, with a negative
/// loss the bar lies above the best: one that stays as it is counts as an improvement.)
///
/// Give it to fit after the other schedulers: it never takes their product below `min_lr`.
struct ReduceLROnPlateau {
  double factor = 0.1;
  int patience = 10;
  double threshold = 1e-4;
  int cooldown = 0;
  double min_lr = 0;
  Monitor monitor = Monitor::validation_loss;

  /// What it knows in the middle of a run.
  struct Counters {
    std::optional<double> best{};
    int epochs_without = 0, cooldown_left = 0;
    double scale = 1;  // of all reductions so far
  } counters{};

  void on_begin(const BeginReport&) {
    if (!(factor > 0 && factor < 1))
      throw TrainingError(detail::concat({"ReduceLROnPlateau: factor is ", factor, ", expected between 0 and 1"}));
    detail::require_at_least("ReduceLROnPlateau", "patience", patience, 0);
    detail::require_at_least("ReduceLROnPlateau", "cooldown", cooldown, 0);
    detail::require_not_negative("ReduceLROnPlateau", "threshold", threshold);
    detail::require_not_negative("ReduceLROnPlateau", "min_lr", min_lr);
    counters = {};
  }
  void on_epoch(const EpochReport& report) {
    const std::optional<Figure> figure = watched(report, monitor);
    if (!figure) return;
    Counters& c = counters;
    if (figure->improves_on(c.best, c.best ? threshold * *c.best : 0)) {
      c.best = figure->value;
      c.epochs_without = 0;
    } else {
      ++c.epochs_without;
    }
    if (c.cooldown_left > 0) {
      --c.cooldown_left;
      c.epochs_without = 0;
    }
    if (c.epochs_without <= patience) return;
    c.epochs_without = 0;
    c.cooldown_left = cooldown;
    if (report.lr - (std::max)(report.lr * factor, min_lr) > 1e-8) c.scale *= factor;
  }
  double lr_factor(const SchedulePoint& point) const {
    return point.lr <= min_lr ? 1 : (std::max)(counters.scale, min_lr / point.lr);
  }
  void remember(auto& memory) {
    memory("best", counters.best);
    memory("epochs_without", counters.epochs_without);
    memory.require(counters.epochs_without >= 0 && counters.epochs_without < (std::numeric_limits<int>::max)(),
                   "epochs_without", "a count of epochs");
    memory("cooldown_left", counters.cooldown_left);
    memory("scale", counters.scale);
  }
};

}  // namespace evomlp
