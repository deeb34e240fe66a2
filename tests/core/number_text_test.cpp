// SPDX-License-Identifier: MIT
#include "evomlp/core/number_text.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

using evomlp::detail::number_text;
using evomlp::detail::printed_number;

namespace {

using Limits = std::numeric_limits<double>;

/// Any locale with another decimal point, while it lives; installed false where the machine has none.
struct CommaLocale {
  CommaLocale() {
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "German_Germany.1252", "ps_AF.UTF-8"})
      if (!installed) installed = std::setlocale(LC_ALL, name) != nullptr;
  }
  ~CommaLocale() { std::setlocale(LC_ALL, "C"); }
  bool installed = false;
};

}  // namespace

TEST_CASE("the shortest text of a number") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(0) == "0");
  CHECK(number_text(-0.0) == "-0");
  CHECK(number_text(1) == "1");
  CHECK(number_text(-2.5) == "-2.5");
  CHECK(number_text(1e-7) == "1e-07");
  CHECK(number_text(1.0 / 3) == "0.3333333333333333");
  CHECK(number_text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number_text((Limits::max)()) == "1.7976931348623157e+308");
  CHECK(number_text(Limits::denorm_min()) == "5e-324");
  CHECK(number_text(static_cast<double>(0.1f)) == "0.10000000149011612");
  CHECK(number_text<float>(0.1f) == "0.1");
  CHECK(number_text<float>(16777216.0f / 3) == "5592405.5");
  CHECK(number_text<float>(std::numeric_limits<float>::denorm_min()) == "1e-45");
}

TEST_CASE("what is no finite number") {
  CHECK(number_text(Limits::quiet_NaN()) == "nan");
  CHECK(number_text(-Limits::quiet_NaN()) == "nan");
  CHECK(number_text(Limits::infinity()) == "inf");
  CHECK(number_text(-Limits::infinity()) == "-inf");
}

TEST_CASE("a number of digits") {
  CHECK(number_text(1.0 / 3, 4) == "0.3333");
  CHECK(number_text(2.0 / 3, 4) == "0.6667");
  CHECK(number_text(12345, 4) == "1.234e+04");
  CHECK(number_text(0.5, 4) == "0.5");
  CHECK(printed_number(12345, 4) == "1.234e+04");
  CHECK(printed_number(2.0 / 3, 4) == "0.6667");
}

TEST_CASE("the text is the same where std::to_chars knows no floating point") {
  for (const double sign : {1.0, -1.0})
    for (const double digits : {1.0, 1.5, 3.25, 1.0 / 3, 9.999, 1234567.0, 0.1 + 0.2})
      for (int exponent = -30; exponent <= 30; ++exponent) {
        const double value = sign * digits * std::pow(10.0, exponent);
        CHECK(printed_number(value, 0) == number_text(value));
        CHECK(printed_number<float>(static_cast<float>(value), 0) == number_text<float>(static_cast<float>(value)));
        CHECK(printed_number(value, 6) == number_text(value, 6));
      }
  for (const double value : {0.0, -0.0, 1e22, 1e23, 9007199254740993.0, Limits::denorm_min(), (Limits::max)()})
    CHECK(printed_number(value, 0) == number_text(value));
}

TEST_CASE("any bits come back, by both ways") {
  std::uint64_t bits = 1;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    const double value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    CHECK(std::strtod(number_text(value).c_str(), nullptr) == value);
    CHECK(printed_number(value, 0) == number_text(value));
  }
}

TEST_CASE("the locale doesn't matter") {
  const CommaLocale locale;
  if (!locale.installed) return;  // none here: nothing to see
  CHECK(number_text(0.5) == "0.5");
  CHECK(printed_number(0.5, 0) == "0.5");
  CHECK(printed_number(-1234.5e-30, 0) == "-1.2345e-27");
  CHECK(printed_number(2.0 / 3, 4) == "0.6667");
}
