// SPDX-License-Identifier: MIT
// Invalid settings, refused in one form.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"

#include <string>

namespace evomlp::detail {

/// Throws a TrainingError: "StepLR: gamma is nan, expected a finite number of at least 0".
inline void require_not_negative(const std::string& setting, double value) {
  if (!(portable::is_finite(value) && value >= 0))
    throw TrainingError(setting + " is " + std::to_string(value) + ", expected a finite number of at least 0");
}
inline void require_at_least(const std::string& setting, int value, int least) {
  if (value < least)
    throw TrainingError(setting + " is " + std::to_string(value) + ", expected at least " + std::to_string(least));
}

}  // namespace evomlp::detail
