// SPDX-License-Identifier: MIT
#include "evomlp/data/portable_decimal.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

using evomlp::detail::portable_decimal;

namespace {

// strtod rounds correctly in every C library of today, and the tests run in the C locale.
void check_as_strtod(const std::string& text) {
  CAPTURE(text);
  CHECK(std::bit_cast<std::uint64_t>(portable_decimal(text)) ==
        std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)));
}

std::string printed(const char* format, double value) {
  char text[1200];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, format, value))};
}

}  // namespace

TEST_CASE("every double comes back from 17 digits, and from all of them") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    CHECK(portable_decimal(printed("%.17g", value)) == value);
    if (i < 100) CHECK(portable_decimal(printed("%.1080f", value / 1e250)) == value / 1e250);
  }
}

TEST_CASE("any digits are rounded as strtod does") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 3000; ++i) {
    std::string text = std::to_string(random() >> (random() % 60));
    while (random() % 3 == 0) text += std::to_string(random());
    text.insert(random() % (text.size() + 1), ".");
    if (i % 2 != 0) text.insert(0, "-");
    check_as_strtod(text);
    check_as_strtod(text + "e" + std::to_string(static_cast<int>(random() % 700) - 350));
    check_as_strtod(text + "E+" + std::to_string(random() % 25));
  }
}

TEST_CASE("the middle of two doubles goes to the even one, and a digit far behind decides") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t significand = (std::uint64_t{1} << 53) + (random() >> 11);  // 54 bits
    const std::string middle = std::to_string((significand | 1) << (random() % 11));
    check_as_strtod(middle);
    check_as_strtod(middle + "." + std::string(900, '0'));
    check_as_strtod(middle + "." + std::string(900, '0') + "1");
  }
  // 2^-1075, half of the smallest double, is 5 * 2^-1074 / 10.
  const double smallest = std::numeric_limits<double>::denorm_min();
  const std::string half = "0.0" + printed("%.1074f", 5 * smallest).substr(2);
  CHECK(portable_decimal(half) == 0);
  CHECK(portable_decimal(half + "1") == smallest);
}

TEST_CASE("zeros, ends of the range and odd ways to write a number") {
  for (const char* text : {"0",
                           "-0",
                           "0.000e5",
                           "4.9406564584124654e-324",
                           "2.4703282292062327e-324",
                           "2.4703282292062328e-324",
                           "-1e-999",
                           "2.2250738585072011e-308",
                           "2.2250738585072012e-308",
                           "2.2250738585072014e-308",
                           "1.7976931348623157e308",
                           "1.7976931348623158e308",
                           "1.7976931348623159e308",
                           "-1e309",
                           "1e99999999999999999999",
                           "+1",
                           "1e-330",
                           "5.",
                           ".5",
                           "007",
                           "0.1",
                           "0.3",
                           "1e22",
                           "1e23",
                           "8.5e22",
                           "123456789012345e22",
                           "1234567890123456e-22"})
    check_as_strtod(text);
}
