// SPDX-License-Identifier: MIT
// What changes the learning rate during a run.
#pragma once

#include "evomlp/core/require.hpp"

#include <concepts>
#include <cstddef>

namespace evomlp {

/// Where a run stands before a step. Counts are from 0.
struct SchedulePoint {
  int epoch = 0, epochs = 0;
  std::size_t step = 0, steps = 0;  // in this epoch
  double lr = 0;                    // the rule's in this step, times the factors of the schedulers before this one

  /// Steps since the run began.
  double steps_done() const {
    return static_cast<double>(epoch) * static_cast<double>(steps) + static_cast<double>(step);
  }
};

/// `lr_factor(point)` gives what the rule's learning rate is multiplied by in a step; so does any callable of
/// (epoch, step), both from 0 and the step in its epoch. Given to fit after its options, in any number: the factors
/// multiply in the order given. A scheduler may be a Callback too (ReduceLROnPlateau is), and `remember(memory)` makes
/// what it counts part of a checkpoint. With a scheduler the learning rate is set before every step.
///
///     struct InverseSqrt {
///       double lr_factor(const SchedulePoint& point) const { return 1 / std::sqrt(1 + point.steps_done()); }
///     };
template <class S>
concept Scheduler = requires(S& scheduler, const SchedulePoint& point) {
  { scheduler.lr_factor(point) } -> std::convertible_to<double>;
} || requires(S& scheduler, int epoch, std::size_t step) {
  { scheduler(epoch, step) } -> std::floating_point;
};

namespace detail {

template <Scheduler S>
double factor_of(S& scheduler, const SchedulePoint& point) {
  double factor = 0;
  if constexpr (requires { scheduler.lr_factor(point); })
    factor = scheduler.lr_factor(point);
  else
    factor = scheduler(point.epoch, point.step);
  require_not_negative("fit", "the factor of a scheduler for the learning rate", factor);
  return factor;
}

}  // namespace detail
}  // namespace evomlp
