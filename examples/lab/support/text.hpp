// SPDX-License-Identifier: MIT
// Numbers in sentences.
#pragma once

#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>

namespace lab {

/// With so many significant digits, as printf's %g.
inline std::string number(double value, int digits = 4) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

/// 0.123 as "12.3 %".
inline std::string percent(double share) { return number(100 * share, 3) + " %"; }

/// A sentence of texts and numbers: text("median ", steps, " steps"). Numbers have four significant digits, whole
/// ones all of theirs; for others there is number(value, digits).
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string all;
  const auto add = [&all](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::convertible_to<const Part&, std::string_view>) all += std::string_view(part);
    else if constexpr (std::integral<Part>) all += std::to_string(part);
    else all += number(part, part == static_cast<double>(static_cast<long long>(part)) && part < 1e9 ? 10 : 4);
  };
  (add(parts), ...);
  return all;
}

}  // namespace lab
