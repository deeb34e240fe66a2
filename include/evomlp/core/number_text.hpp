// SPDX-License-Identifier: MIT
// A number as text, whatever the locale.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace evomlp::detail {

/// By std::snprintf, whose decimal point is the locale's and may be more than one character: made a point again.
/// `digits` 0 looks for the fewest that give the same number back, as a T, and leaves out the exponent where that is no
/// longer: what std::to_chars writes, for standard libraries whose to_chars knows no floating point.
template <class T = double>
std::string printed_number(std::type_identity_t<T> value, int digits) {
  const auto read = [](const char* text) {
    if constexpr (std::is_same_v<T, float>)
      return std::strtof(text, nullptr);
    else
      return std::strtod(text, nullptr);
  };
  const auto number = static_cast<double>(value);
  char text[64];
  int length = 0;
  if (digits > 0) {
    length = std::snprintf(text, sizeof text, "%.*g", digits, number);
  } else {
    int behind = 0;  // the point, with an exponent
    do length = std::snprintf(text, sizeof text, "%.*e", behind, number);
    while (read(text) != value && ++behind < 17);
    const int exponent = std::atoi(std::strchr(text, 'e') + 1), places = (std::max)(0, behind - exponent);
    const int before = value < 0 ? 2 : 1, plain = before + (std::max)(0, exponent) + (places > 0 ? 1 + places : 0);
    if (plain <= length) length = std::snprintf(text, sizeof text, "%.*f", places, number);
  }
  std::string portable;
  for (const char c : std::string_view(text, static_cast<std::size_t>(length))) {
    if (std::string_view("0123456789+-e").find(c) != std::string_view::npos)
      portable += c;
    else if (portable.find('.') == std::string::npos)
      portable += '.';
  }
  return portable;
}

/// The shortest text that reads as the same T again, or, with `digits` (at most 17), that many significant ones at most,
/// as printf's %g. "nan", "inf" and "-inf" are the others.
template <class T = double>
std::string number_text(std::type_identity_t<T> value, int digits = 0) {
  if (value != value) return "nan";
  if (value - value != 0) return value > 0 ? "inf" : "-inf";
#ifdef __cpp_lib_to_chars
  char text[64];
  const auto end = digits > 0 ? std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits)
                              : std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
#else
  return printed_number<T>(value, digits);
#endif
}

}  // namespace evomlp::detail
