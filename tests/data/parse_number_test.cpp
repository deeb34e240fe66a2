// SPDX-License-Identifier: MIT
#include "evomlp/data/parse_number.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using evomlp::detail::NumberFault;
using evomlp::detail::parse_number;

TEST_CASE("decimal numbers are read, and nothing else") {
  struct Case {
    const char* text;
    double value;
  };
  for (const Case& c : {Case{"0", 0}, Case{"-0", -0.0}, Case{"007", 7}, Case{"+1.5", 1.5}, Case{"-1.5e3", -1500},
                        Case{".5", 0.5}, Case{"5.", 5}, Case{"1E-2", 0.01}, Case{"1e+2", 100}, Case{"1e-999", 0},
                        Case{"0e999", 0}, Case{"0.30000000000000004", 0.30000000000000004},
                        Case{"1.7976931348623157e308", 1.7976931348623157e308}, Case{"-5e-324", -5e-324}}) {
    CAPTURE(c.text);
    double value = 42;
    REQUIRE(parse_number(c.text, value) == NumberFault::none);
    CHECK(value == c.value);
    CHECK(std::signbit(value) == std::signbit(c.value));
  }
  for (const char* text :
       {"",   " ",   "1,5", "12abc", "0x10",  "1 2",   " 1",  "1 ",  "--1", "+-1",       "+",    "-",           ".",
        "e5", ".e5", "1e",  "1e+",   "1e5.5", "1.2.3", "inf", "nan", "NaN", "-infinity", "1e5x", "\xEF\xBC\x91"}) {
    CAPTURE(text);
    double value = 42;
    CHECK(parse_number(text, value) == NumberFault::not_a_number);
  }
  double value = 42;
  CHECK(parse_number(std::string_view("1\0", 2), value) == NumberFault::not_a_number);
  CHECK(parse_number("1e999", value) == NumberFault::out_of_range);
  CHECK(parse_number("-1e309", value) == NumberFault::out_of_range);
  CHECK(parse_number("1e99999999999999999999999999", value) == NumberFault::out_of_range);
  CHECK(parse_number(std::string(400, '9'), value) == NumberFault::out_of_range);
  CHECK(parse_number("0." + std::string(400, '0') + "1e401", value) == NumberFault::none);
  CHECK(value == 1);
}
