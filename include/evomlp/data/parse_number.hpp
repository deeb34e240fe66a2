// SPDX-License-Identifier: MIT
// Text as a number, whatever the locale.
#pragma once

#include "evomlp/core/portable_math.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
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

/// The value of a text that is_decimal accepts, from its first 19 digits. Exact to the last bit where the digits
/// without the point are below 2^53 and the power of ten is at most 22, which is what data files mostly hold; else
/// within 1e-14 of the value. For standard libraries whose std::from_chars knows no floating point (libc++ before 20).
inline double portable_decimal(std::string_view text) {
  const bool negative = text.front() == '-';
  std::uint64_t digits = 0;
  std::int64_t exponent = 0;
  int significant = 0;
  bool after_point = false;
  std::size_t i = text.front() == '-' || text.front() == '+' ? 1 : 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    if (significant > 0 || text[i] != '0') ++significant;
    if (significant <= 19) digits = 10 * digits + static_cast<std::uint64_t>(text[i] - '0');
    exponent += (significant > 19 ? 1 : 0) - (after_point ? 1 : 0);
  }
  if (i < text.size()) {
    const bool below_one = text[i + 1] == '-';
    std::int64_t written = 0;
    for (++i; i < text.size(); ++i) {
      if (text[i] >= '0' && text[i] <= '9') written = (std::min)(10 * written + (text[i] - '0'), std::int64_t{1} << 40);
    }
    exponent += below_one ? -written : written;
  }
  auto value = static_cast<double>(digits);
  constexpr double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  while (exponent != 0 && value != 0 && portable::is_finite(value)) {  // several steps only beyond 10^22
    const std::int64_t step = (std::min)(exponent < 0 ? -exponent : exponent, std::int64_t{22});
    value = exponent < 0 ? value / exact[step] : value * exact[step];
    exponent += exponent < 0 ? step : -step;
  }
  return negative ? -value : value;
}

enum class NumberFault { none, not_a_number, out_of_range };

/// Reads a whole text as a decimal number: no spaces, no hexadecimal, no inf or nan, a point and never a comma. What is
/// too large for a double is out_of_range; what is too small is 0.
inline NumberFault parse_number(std::string_view text, double& value) {
  if (!is_decimal(text)) return NumberFault::not_a_number;
#ifdef __cpp_lib_to_chars
  const char* const first = text.data() + (text.front() == '+' ? 1 : 0);
  if (std::from_chars(first, text.data() + text.size(), value).ec == std::errc{}) return NumberFault::none;
  // Out of range; too large and too small are told apart by a value that needs no precision.
#endif
  value = portable_decimal(text);
  return portable::is_finite(value) ? NumberFault::none : NumberFault::out_of_range;
}

}  // namespace evomlp::detail
