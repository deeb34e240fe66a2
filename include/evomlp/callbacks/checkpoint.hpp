// SPDX-License-Identifier: MIT
// Checkpoint: a file from which fit can go on.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace evomlp {

/// Keeps one file, always whole, from which `fit(…, {.resume = path})` goes on as if it had never stopped. It is written
/// every `every_epochs` epochs, every `every_steps` steps (0: never), and when training stops early.
struct Checkpoint {
  std::filesystem::path path{};
  int every_epochs = 1;
  std::size_t every_steps = 0;

  void on_begin(const BeginReport&) const {
    if (path.empty()) throw TrainingError("Checkpoint: path is empty, expected the name of a file");
    if (every_epochs < 0)
      throw TrainingError("Checkpoint: every_epochs is " + std::to_string(every_epochs) + ", expected at least 0");
  }
  void on_step(const StepReport& report) const {
    if (every_steps == 0) return;
    const std::size_t done = static_cast<std::size_t>(report.epoch) * report.steps + report.step + 1;
    if (done % every_steps == 0) report.fit.save_checkpoint(path);
  }
  void on_epoch(const EpochReport& report) const {
    if (every_epochs != 0 && (report.epoch + 1) % every_epochs == 0) report.fit.save_checkpoint(path);
  }
  void on_end(const EndReport& report) const { report.fit.save_checkpoint(path); }
};

}  // namespace evomlp
