// SPDX-License-Identifier: MIT
// Text as a number, whatever the locale.
#pragma once

#include "evomlp/core/portable_math.hpp"
#include "evomlp/data/portable_decimal.hpp"

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace evomlp::detail {

/// Whether the text is [+-] digits [. digits] [e [+-] digits], with at least one digit before the exponent.
inline bool is_decimal(std::string_view text) {
  std::size_t i = 0;
  const auto sign = [&] {
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  };
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - first;
  };
  sign();
  std::size_t mantissa = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    mantissa += digits();
  }
  if (mantissa == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    sign();
    if (digits() == 0) return false;
  }
  return i == text.size();
}

enum class NumberFault { none, not_a_number, out_of_range };

/// Reads a whole text as a decimal number: no spaces, no hexadecimal, no inf or nan, a point and never a comma. The value
/// is the double nearest to it, the even one of two, with every standard library. What is too large for a double is
/// out_of_range; what is too small is 0.
inline NumberFault parse_number(std::string_view text, double& value) {
  if (!is_decimal(text)) return NumberFault::not_a_number;
#ifdef __cpp_lib_to_chars
  const char* const first = text.data() + (text.front() == '+' ? 1 : 0);
  if (std::from_chars(first, text.data() + text.size(), value).ec == std::errc{}) return NumberFault::none;
  // Out of range, which doesn't say whether too large or too small.
#endif
  value = portable_decimal(text);
  return portable::is_finite(value) ? NumberFault::none : NumberFault::out_of_range;
}

}  // namespace evomlp::detail
