// SPDX-License-Identifier: MIT
// Checkpoint: a file from which fit can go on.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/write_file.hpp"

#include <cstddef>
#include <filesystem>

namespace evomlp {

/// Keeps one file, always whole, from which `fit(…, {.resume = path})` goes on as if it had never stopped. It is written
/// every `every_epochs` epochs, every `every_steps` steps (0: never), and at the end.
struct Checkpoint {
  static constexpr bool rank_0_only = true;
  std::filesystem::path path{};
  int every_epochs = 1;
  int every_steps = 0;

  void on_begin(const BeginReport&) const {
    if (path.empty()) throw TrainingError("Checkpoint: path is empty, expected the name of a file");
    detail::require_at_least("Checkpoint", "every_epochs", every_epochs, 0);
    detail::require_at_least("Checkpoint", "every_steps", every_steps, 0);
    const std::filesystem::path folder = path.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))
      throw FileError(detail::concat(
          {"Checkpoint: there is no folder ", detail::path_text(folder), " for ", detail::path_text(path)}));
    detail::require_can_write(path);
  }
  void on_step(const StepReport& report) const {
    if (every_steps == 0) return;
    const std::size_t done = static_cast<std::size_t>(report.epoch) * report.steps + report.step + 1;
    if (done % static_cast<std::size_t>(every_steps) == 0) report.fit.save_checkpoint(path);
  }
  void on_epoch(const EpochReport& report) const {
    if (every_epochs != 0 && (report.epoch + 1) % every_epochs == 0) report.fit.save_checkpoint(path);
  }
  /// (Again where the last epoch was written: this may be a run that had none left to do.)
  void on_end(const EndReport& report) const { report.fit.save_checkpoint(path); }
};

}  // namespace evomlp
