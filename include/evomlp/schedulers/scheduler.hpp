// SPDX-License-Identifier: MIT
// What changes the learning rate during a run.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"

#include <concepts>
#include <cstddef>
#include <string>

namespace evomlp {

/// Where a run stands before a step. Counts are from 0.
struct SchedulePoint {
  int epoch = 0, epochs = 0;
  std::size_t step = 0, steps = 0;  // in this epoch
  double lr = 0;                    // the rule's, times the factors of the schedulers before this one

  /// Steps since the run began.
  double steps_done() const {
    return static_cast<double>(epoch) * static_cast<double>(steps) + static_cast<double>(step);
  }
};

/// `at(point)` gives what the rule's learning rate is multiplied by in a step; so does any callable of
/// (epoch, step), both from 0 and the step in its epoch. Given to fit after its options, in any number: the factors
/// multiply in the order given. A scheduler may be a Callback too (ReduceLROnPlateau is), and `remember(memory)` makes
/// what it counts part of a checkpoint. With a scheduler the learning rate is set before every step.
///
///     struct InverseSqrt {
///       double at(const SchedulePoint& point) const { return 1 / std::sqrt(1 + point.steps_done()); }
///     };
template <class S>
concept Scheduler = requires(S& scheduler, const SchedulePoint& point) {
  { scheduler.at(point) } -> std::convertible_to<double>;
}
|| requires(S& scheduler, int epoch, std::size_t step) {
  { scheduler(epoch, step) } -> std::floating_point;
};

namespace detail {

/// Throws a TrainingError for a setting that can't be meant: "StepLR: gamma is nan, expected …".
inline void require_not_negative(const char* setting, double value) {
  if (!(portable::is_finite(value) && value >= 0))
    throw TrainingError(std::string(setting) + " is " + std::to_string(value) + ", expected a finite number of at least 0");
}
inline void require_at_least(const char* setting, int value, int least) {
  if (value < least)
    throw TrainingError(std::string(setting) + " is " + std::to_string(value) + ", expected at least " +
                        std::to_string(least));
}

template <Scheduler S>
double factor_of(S& scheduler, const SchedulePoint& point) {
  if constexpr (requires { scheduler.at(point); }) return scheduler.at(point);
  else return scheduler(point.epoch, point.step);
}

}  // namespace detail
}  // namespace evomlp
