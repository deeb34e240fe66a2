// SPDX-License-Identifier: MIT
#include "evomlp/core/utf8.hpp"

#include <doctest/doctest.h>

#include <string_view>

using evomlp::detail::is_utf8;

TEST_CASE("UTF-8 is accepted") {
  for (const std::string_view text :
       {"", "plain", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xC3\xA9z"})
    CHECK(is_utf8(text));
}

TEST_CASE("what is not UTF-8 is refused") {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE",
        "caf\xE9", "\xC3\xA9\xA9"})
    CHECK_FALSE(is_utf8(text));
}
