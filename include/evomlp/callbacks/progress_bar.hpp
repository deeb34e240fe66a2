// SPDX-License-Identifier: MIT
// ProgressBar: one line on a terminal, redrawn in place; plain lines elsewhere.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace evomlp {

/// Epoch, step, loss, the figures of the last validation, learning rate, samples per second and the time left by the
/// speed so far. Writes to stderr, so that a program's results on stdout stay clean. On a terminal it redraws at most ten
/// times a second; into a file or a pipe it prints a line an epoch.
class ProgressBar {
 public:
  static constexpr bool rank_0_only = true;

  void on_begin(const BeginReport& report) {
    samples_per_epoch_ = report.samples;
    begin_ = std::chrono::steady_clock::now();
    samples_ = 0;
    samples_in_epoch_ = 0;
    validation_loss_.reset();
    accuracy_.reset();
    metrics_.clear();
  }

  void on_step(const StepReport& report) {
    // The first report of an epoch may be in its middle, after a checkpoint.
    samples_ += samples_in_epoch_ == 0 ? report.samples / (report.step + 1) : report.samples - samples_in_epoch_;
    samples_in_epoch_ = report.samples;
    if (!on_terminal_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    std::fprintf(stderr, "\r\033[Kepoch %d/%d  step %zu/%zu  loss %.4g", report.epoch + 1, report.epochs,
                 report.step + 1, report.steps, report.loss);
    print_rest(report.epoch, report.epochs, report.samples, report.lr, samples_per_second());
    std::fflush(stderr);
    line_is_open_ = true;
  }

  void on_epoch(const EpochReport& report) {
    samples_in_epoch_ = 0;
    validation_loss_ = report.validation_loss;
    accuracy_ = report.accuracy;
    metrics_.clear();
    for (const MetricValue& metric : report.metrics) {
      char number[32];
      std::snprintf(number, sizeof number, " %.4g", metric.value);
      metrics_ += detail::concat({"  ", metric.name, number});
    }
    std::fprintf(stderr, "%sepoch %d/%d  loss %.4g", on_terminal_ ? "\r\033[K" : "", report.epoch + 1, report.epochs,
                 report.loss);
    const double speed = report.seconds > 0 ? static_cast<double>(report.samples) / report.seconds : 0;
    print_rest(report.epoch + 1, report.epochs, 0, report.lr, speed);
    if (!on_terminal_) std::fputc('\n', stderr);
    std::fflush(stderr);
    line_is_open_ = on_terminal_;
  }

  void on_end(const EndReport& report) {
    if (line_is_open_) std::fputc('\n', stderr);
    line_is_open_ = false;
    if (report.reason != StopReason::all_epochs_done) {
      const std::string_view why = to_string(report.reason);
      std::fprintf(stderr, "stopped: %.*s%s%.*s\n", static_cast<int>(why.size()), why.data(),
                   report.message.empty() ? "" : ": ", static_cast<int>(report.message.size()), report.message.data());
    }
    std::fflush(stderr);
  }

 private:
  double samples_per_second() const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    return seconds > 0 ? static_cast<double>(samples_) / seconds : 0;
  }

  void print_rest(int epochs_done, int epochs, std::size_t samples_done, double lr, double speed) const {
    if (validation_loss_) std::fprintf(stderr, "  validation loss %.4g", *validation_loss_);
    if (accuracy_) std::fprintf(stderr, "  accuracy %.4f", *accuracy_);
    std::fprintf(stderr, "%s  lr %.3g  %.0f samples/s", metrics_.c_str(), lr, speed);
    const double average = samples_per_second();
    const double left = static_cast<double>(epochs - epochs_done) * static_cast<double>(samples_per_epoch_) -
                        static_cast<double>(samples_done);
    if (average <= 0 || left <= 0) return;
    const auto seconds = static_cast<long long>((std::min)(left / average + 0.5, 1e15));
    std::fprintf(stderr, "  %lld:%02lld:%02lld left", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

#if defined(_WIN32)
  bool on_terminal_ = _isatty(_fileno(stderr)) != 0;
#else
  bool on_terminal_ = isatty(fileno(stderr)) != 0;
#endif
  bool line_is_open_ = false;
  std::chrono::steady_clock::time_point drawn_{}, begin_{};
  std::size_t samples_per_epoch_ = 0, samples_ = 0, samples_in_epoch_ = 0;
  std::optional<double> validation_loss_{}, accuracy_{};  // of the last validation
  std::string metrics_;                                   // in print
};

}  // namespace evomlp
