// SPDX-License-Identifier: MIT
// Invalid settings, refused in one form.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"

#include <string>
#include <string_view>

namespace evomlp::detail {

/// Throws a TrainingError: "StepLR: gamma is nan, expected a finite number of at least 0".
[[noreturn]] inline void refuse(std::string_view who, std::string_view setting, Piece got, std::string_view expected) {
  throw TrainingError(concat({who, ": ", setting, " is ", got, ", expected ", expected}));
}
constexpr void require_finite(std::string_view who, std::string_view setting, double value) {
  if (!portable::is_finite(value)) refuse(who, setting, value, "a finite number");
}
constexpr void require_not_negative(std::string_view who, std::string_view setting, double value) {
  if (!(portable::is_finite(value) && value >= 0)) refuse(who, setting, value, "a finite number of at least 0");
}
inline void require_below_one(std::string_view who, std::string_view setting, double value) {
  if (!(value >= 0 && value < 1)) refuse(who, setting, value, "at least 0 and below 1");
}
/// Infinity is one: no limit.
inline void require_positive(std::string_view who, std::string_view setting, double value) {
  if (!(value > 0)) refuse(who, setting, value, "more than 0");
}
inline void require_at_least(std::string_view who, std::string_view setting, int value, int least) {
  if (value < least) refuse(who, setting, value, concat({"at least ", least}));
}

}  // namespace evomlp::detail
