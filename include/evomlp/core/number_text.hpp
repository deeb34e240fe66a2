// SPDX-License-Identifier: MIT
// A number as text, whatever the locale.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace evomlp::detail {

/// By std::snprintf, whose decimal point is the locale's and may be more than one character: made a point again.
/// `digits` 0 looks for the fewest that give the same number back, as a T. For standard libraries whose std::to_chars
/// knows no floating point.
template <class T = double>
std::string printed_number(std::type_identity_t<T> value, int digits) {
  const auto read = [](const char* text) {
    if constexpr (std::is_same_v<T, float>)
      return std::strtof(text, nullptr);
    else
      return std::strtod(text, nullptr);
  };
  char text[64];
  int length = 0;
  for (int tried = digits > 0 ? digits : 1; tried <= 17; ++tried) {
    length = std::snprintf(text, sizeof text, "%.*g", tried, static_cast<double>(value));
    if (digits > 0 || read(text) == value) break;
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
