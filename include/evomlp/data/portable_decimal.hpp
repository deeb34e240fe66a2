// SPDX-License-Identifier: MIT
// Decimal digits as the nearest double, for standard libraries whose std::from_chars knows no floating point.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace evomlp::detail {

/// A number >= 0 as 0.d1d2d3... * 10^point, which is doubled and halved without an error. d1 is not 0; 0 has no digits.
class DecimalDigits {
 public:
  /// From a text that is_decimal accepts, whose sign is left out.
  explicit DecimalDigits(std::string_view text) {
    // A double, or the middle of two, has at most 767 digits: of those behind it counts only whether all are zeros.
    constexpr std::size_t enough = 800;
    bool after_point = false, more = false;
    std::size_t i = text.front() == '-' || text.front() == '+' ? 1 : 0;
    for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
      if (text[i] == '.') {
        after_point = true;
        continue;
      }
      const bool leading = digits_.empty() && text[i] == '0';
      if (leading && after_point) --point_;
      if (leading) continue;
      if (!after_point) ++point_;
      if (digits_.size() < enough)
        digits_.push_back(static_cast<std::uint8_t>(text[i] - '0'));
      else
        more = more || text[i] != '0';
    }
    if (more) digits_.push_back(1);
    while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
    if (i < text.size()) {
      const bool negative = text[i + 1] == '-';
      std::int64_t exponent = 0;
      constexpr std::int64_t enormous = std::int64_t{1} << 40;  // more than a text in memory has digits
      for (++i; i < text.size(); ++i)
        if (text[i] >= '0' && text[i] <= '9') exponent = (std::min)(10 * exponent + (text[i] - '0'), enormous);
      point_ += negative ? -exponent : exponent;
    }
  }

  std::size_t size() const { return digits_.size(); }
  std::int64_t point() const { return point_; }
  bool below_half() const { return point_ < 0 || (point_ == 0 && digits_.front() < 5); }

  void double_it() {
    int carry = 0;
    for (std::size_t i = digits_.size(); i-- > 0;) {
      const int twice = 2 * digits_[i] + carry;
      digits_[i] = static_cast<std::uint8_t>(twice % 10);
      carry = twice / 10;
    }
    if (carry != 0) {
      digits_.insert(digits_.begin(), 1);
      ++point_;
    }
    while (digits_.back() == 0) digits_.pop_back();
  }

  void halve_it() {
    int rest = 0;
    for (std::uint8_t& digit : digits_) {
      const int both = 10 * rest + digit;
      digit = static_cast<std::uint8_t>(both / 2);
      rest = both % 2;
    }
    if (rest != 0) digits_.push_back(5);
    if (digits_.front() != 0) return;
    digits_.erase(digits_.begin());
    --point_;
  }

  /// d1...dcount, for a count of 0 to 18.
  std::uint64_t first(std::size_t count) const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) number = 10 * number + (i < size() ? digits_[i] : 0u);
    return number;
  }

  /// The nearest whole number, the even one of two; for a point of 0 to 18.
  std::uint64_t rounded() const {
    const auto whole = static_cast<std::size_t>(point_);
    const std::uint64_t below = first(whole);
    if (whole >= size() || digits_[whole] < 5) return below;
    const bool half = digits_[whole] == 5 && whole + 1 == size();  // the last digit is never 0
    return half ? below + below % 2 : below + 1;
  }

 private:
  std::vector<std::uint8_t> digits_;
  std::int64_t point_ = 0;
};

/// The double nearest to a text that is_decimal accepts, the even one of two; infinite where that is too large. Slower
/// than std::from_chars by far, except for numbers of up to 15 digits and powers of ten up to 22, as in most data.
inline double portable_decimal(std::string_view text) {
  const double sign = text.front() == '-' ? -1.0 : 1.0;
  DecimalDigits number(text);
  if (number.size() == 0 || number.point() < -330) return sign * 0.0;
  if (number.point() > 310) return sign * std::numeric_limits<double>::infinity();

  constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const std::int64_t power = number.point() - static_cast<std::int64_t>(number.size());
  if (number.size() <= 15 && power >= -22 && power <= 22) {  // both factors are exact, so the result is rounded once
    const auto whole = static_cast<double>(number.first(number.size()));
    return sign * (power < 0 ? whole / powers[-power] : whole * powers[power]);
  }

  // Scaled to [1/2, 1), then by as many bits as a double of this size has (fewer than 53 below the normal ones).
  int exponent = 0;
  for (; number.point() > 0; ++exponent) number.halve_it();
  for (; number.below_half(); --exponent) number.double_it();
  constexpr int smallest = std::numeric_limits<double>::min_exponent - std::numeric_limits<double>::digits;
  const int bits = (std::min)(std::numeric_limits<double>::digits, exponent - smallest);
  if (bits < 0) return sign * 0.0;
  for (int i = 0; i < bits; ++i) number.double_it();
  return sign * std::ldexp(static_cast<double>(number.rounded()), exponent - bits);
}

}  // namespace evomlp::detail
