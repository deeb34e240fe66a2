// SPDX-License-Identifier: MIT
// How long something takes, for people.
#pragma once

#include "evomlp/core/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace evomlp {

/// "40 s", "12 min", "2.5 h": rounded up to whole seconds, minutes and, from 9 on, hours.
inline std::string duration_text(double seconds) {
  const auto whole = [](double value) {
    return std::to_string(static_cast<long long>((std::min)(std::ceil(value), 1e15)));
  };
  if (seconds < 100) return whole(seconds) + " s";
  if (seconds < 100 * 60) return whole(seconds / 60) + " min";
  return (seconds < 9 * 3600 ? detail::number_text(seconds / 3600, 2) : whole(seconds / 3600)) + " h";
}

}  // namespace evomlp
