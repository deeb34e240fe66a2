// SPDX-License-Identifier: MIT
// Where a run of fit stands, and how long it has been in this epoch.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <chrono>
#include <cstddef>

namespace evomlp::detail {

/// The epoch, the step in it, and the epoch's sums so far.
struct Position {
  int epoch = 0;
  std::size_t step = 0;  // the next one
  std::size_t samples = 0;
  double loss_sum = 0, weight_sum = 0, seconds = 0;

  void remember(auto& memory) {
    memory("epoch", epoch);
    memory("step", step);
    memory("samples", samples);
    memory("loss_sum", loss_sum);
    memory("weight_sum", weight_sum);
    memory("seconds", seconds);
  }
};

/// The seconds spent in an epoch, in former runs too. Between epochs it doesn't run, and has nothing to say.
class EpochClock {
 public:
  void start(double seconds_before) {
    before_ = seconds_before;
    begin_ = Clock::now();
    runs_ = true;
  }
  void stop() { runs_ = false; }

  bool runs() const { return runs_; }
  double seconds() const { return before_ + std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;

  double before_ = 0;
  Clock::time_point begin_{};
  bool runs_ = false;
};

}  // namespace evomlp::detail
