// SPDX-License-Identifier: MIT
// ProgressBar: one line on a terminal, redrawn in place; plain lines elsewhere.
#pragma once

#include "evomlp/train/callback.hpp"

#include <chrono>
#include <cstdio>
#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace evomlp {

/// Writes to stderr, so that a program's results on stdout stay clean. On a terminal it redraws at most ten times a
/// second; into a file or a pipe it prints a line an epoch.
class ProgressBar {
 public:
  void on_step(const StepReport& report) {
    if (!on_terminal_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    std::fprintf(stderr, "\r\033[Kepoch %d/%d  step %zu/%zu  loss %.4g", report.epoch + 1, report.epochs,
                 report.step + 1, report.steps, report.loss);
    std::fflush(stderr);
  }

  void on_epoch(const EpochReport& report) {
    std::fprintf(stderr, "%sepoch %d/%d  loss %.4g", on_terminal_ ? "\r\033[K" : "", report.epoch + 1, report.epochs,
                 report.loss);
    if (report.validation_loss) std::fprintf(stderr, "  validation loss %.4g", *report.validation_loss);
    if (report.accuracy) std::fprintf(stderr, "  accuracy %.4f", *report.accuracy);
    std::fprintf(stderr, "  lr %.3g  %.0f samples/s", report.lr,
                 report.seconds > 0 ? static_cast<double>(report.samples) / report.seconds : 0.0);
    if (!on_terminal_ || report.epoch + 1 == report.epochs) std::fprintf(stderr, "\n");
    std::fflush(stderr);
  }

 private:
#if defined(_WIN32)
  bool on_terminal_ = _isatty(_fileno(stderr)) != 0;
#else
  bool on_terminal_ = isatty(fileno(stderr)) != 0;
#endif
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace evomlp
