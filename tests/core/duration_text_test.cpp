// SPDX-License-Identifier: MIT
#include "evomlp/core/duration_text.hpp"

#include <doctest/doctest.h>

using evomlp::duration_text;

TEST_CASE("duration_text: seconds, minutes, hours") {
  CHECK(duration_text(0) == "0 s");
  CHECK(duration_text(39.2) == "40 s");
  CHECK(duration_text(100) == "2 min");
  CHECK(duration_text(9000) == "2.5 h");
  CHECK(duration_text(36000) == "10 h");
}
