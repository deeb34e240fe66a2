// SPDX-License-Identifier: MIT
// Settings that can't be meant.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"

#include <string>

namespace evomlp::detail {

/// Throws a TrainingError: "StepLR: gamma is nan, expected a finite number of at least 0".
inline void require_not_negative(const std::string& setting, double value) {
  if (!(portable::is_finite(value) && value >= 0))
    throw TrainingError(setting + " is " + number_text(value) + ", expected a finite number of at least 0");
}
/// "Adam: beta1 is 1, expected at least 0 and below 1".
inline void require_below_one(const std::string& setting, double value) {
  if (!(portable::is_finite(value) && value >= 0 && value < 1))
    throw TrainingError(setting + " is " + number_text(value) + ", expected at least 0 and below 1");
}
/// Infinity is one: no limit.
inline void require_positive(const std::string& setting, double value) {
  if (!(value > 0)) throw TrainingError(setting + " is " + number_text(value) + ", expected more than 0");
}
inline void require_at_least(const std::string& setting, int value, int least) {
  if (value < least)
    throw TrainingError(setting + " is " + std::to_string(value) + ", expected at least " + std::to_string(least));
}

}  // namespace evomlp::detail
