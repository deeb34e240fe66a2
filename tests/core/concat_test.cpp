// SPDX-License-Identifier: MIT
#include "evomlp/core/concat.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using evomlp::detail::concat;
using evomlp::detail::Piece;

TEST_CASE("text of all kinds, whole, an empty one and a zero byte too") {
  const std::string name = "weights";
  CHECK(concat({}) == "");
  CHECK(concat({""}) == "");
  CHECK(concat({name, " ", std::string_view("of a file").substr(0, 4), std::string("!")}) == "weights of a!");
  CHECK(concat({std::string_view("a\0b", 3), "c"}) == std::string("a\0bc", 4));
  CHECK(concat({std::string(100, 'x'), std::string(1000, 'y')}) == std::string(100, 'x') + std::string(1000, 'y'));
}

TEST_CASE("integers of each width") {
  CHECK(concat({0, " ", -7, " ", std::size_t{3}, " ", std::int8_t{-5}, " ", std::uint16_t{65535}}) ==
        "0 -7 3 -5 65535");
  CHECK(concat({std::numeric_limits<long long>::min(), "/", std::numeric_limits<std::uint64_t>::max()}) ==
        "-9223372036854775808/18446744073709551615");
}

TEST_CASE("reals in the shortest text that reads as the same number, each in its own precision") {
  CHECK(concat({0.1f, " ", 0.1, " ", static_cast<double>(0.1f), " ", 1e300}) == "0.1 0.1 0.10000000149011612 1e+300");
  CHECK(concat({std::numeric_limits<float>::quiet_NaN(), " ", -std::numeric_limits<double>::infinity()}) == "nan -inf");
}

TEST_CASE("a bool and a character are no pieces: they would be written as numbers") {
  CHECK_FALSE(std::constructible_from<Piece, bool>);
  CHECK_FALSE(std::constructible_from<Piece, char>);
}
