// SPDX-License-Identifier: MIT
// How much time runs of hours have left.
#pragma once

#include "../support/text.hpp"

#include <evomlp/evomlp.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <string>

namespace mnist_depth {

/// What there is to do, what of it has been done since the program began, and so the time left. Work is in any unit,
/// parameters times samples for instance. May be told from several threads.
class Pace {
 public:
  explicit Pace(double work) : left_(work) {}

  void did(double work) {
    const std::lock_guard lock(mutex_);
    done_ += work;
    left_ -= work;
  }
  /// That was done when the program was called before.
  void had(double work) {
    const std::lock_guard lock(mutex_);
    left_ -= work;
  }
  double seconds_left() const {
    const std::lock_guard lock(mutex_);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    return done_ > 0 ? passed.count() * left_ / done_ : 0;
  }

 private:
  mutable std::mutex mutex_;
  double left_, done_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// A callback: a line on stderr for each epoch, with the time left for all runs.
struct EpochLine {
  std::string name;
  double work;  ///< of an epoch
  Pace& pace;
  int next = 0;

  void on_epoch(const evomlp::EpochReport& report) {
    pace.had((report.epoch - next) * work);  // resumed there
    pace.did(work);
    next = report.epoch + 1;
    std::fprintf(stderr, "%s: epoch %d of %d, loss %.4g, validation %s; %s left for all\n", name.c_str(), next,
                 report.epochs, report.loss, report.accuracy ? lab::percent(*report.accuracy).c_str() : "-",
                 evomlp::duration_text(pace.seconds_left()).c_str());
  }
};

/// Whether a run is in the CSV already.
inline bool is_done(const std::filesystem::path& csv, const std::string& configuration, std::uint64_t seed) {
  if (!std::filesystem::exists(csv)) return false;
  const auto all = evomlp::read_experiments(csv);
  for (const evomlp::ExperimentRun& run : all.runs)
    if (run.configuration == configuration && run.seed == seed) return true;
  return false;
}

}  // namespace mnist_depth
