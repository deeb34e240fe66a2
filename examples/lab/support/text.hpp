// SPDX-License-Identifier: MIT
// Numbers in sentences.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

namespace lab {

/// With so many significant digits, as printf's %g.
inline std::string number(double value, int digits = 4) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

/// 0.123 as "12.3 %".
inline std::string percent(double share) { return number(100 * share, 3) + " %"; }

/// With as many digits as it takes to read the same number back: for names, which must differ where their numbers do.
template <class Number>
std::string exact(Number value) {
  if constexpr (std::integral<Number>) {
    return std::to_string(value);
  } else {
    if (value == std::trunc(value) && std::abs(value) < 1e9) return number(value, 10);
    std::string shortest;
    for (int digits = 1; digits <= 17; ++digits) {
      shortest = number(value, digits);
      if (static_cast<Number>(std::strtod(shortest.c_str(), nullptr)) == value) break;
    }
    return shortest;
  }
}

/// A sentence of texts and numbers: text("median ", steps, " steps"). Numbers have four significant digits, whole
/// ones all of theirs; for others there is number(value, digits), and exact(value) for names.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string all;
  const auto add = [&all](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::convertible_to<const Part&, std::string_view>) all += std::string_view(part);
    else if constexpr (std::integral<Part>) all += std::to_string(part);
    else all += number(part, part == std::trunc(part) && std::abs(part) < 1e9 ? 10 : 4);
  };
  (add(parts), ...);
  return all;
}

}  // namespace lab
