// SPDX-License-Identifier: MIT
// Callbacks: whoever wants to be told how training goes.
#pragma once

#include <cstddef>
#include <optional>

namespace evomlp {

/// After a step. Counts are from 0.
struct StepReport {
  int epoch = 0, epochs = 0;
  std::size_t step = 0, steps = 0;  // in this epoch
  double loss = 0;                  // of this batch, before the update
};

/// After an epoch.
struct EpochReport {
  int epoch = 0, epochs = 0;
  std::size_t samples = 0;  // trained on in this epoch
  double loss = 0, lr = 0, seconds = 0;
  std::optional<double> validation_loss{}, accuracy{};
};

/// A type with `on_step(const StepReport&)`, `on_epoch(const EpochReport&)` or both, given to fit after its options.
///
///     struct Print {
///       void on_epoch(const EpochReport& report) { std::printf("%d %g\n", report.epoch, report.loss); }
///     };
template <class C>
concept Callback = requires(C callback, const StepReport& report) {
  callback.on_step(report);
}
|| requires(C callback, const EpochReport& report) { callback.on_epoch(report); };

}  // namespace evomlp
