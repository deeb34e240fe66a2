// SPDX-License-Identifier: MIT
#include "evomlp/core/text_table.hpp"

#include <doctest/doctest.h>

using evomlp::TextTable;

TEST_CASE("text_table: names to the left, numbers to the right, as wide as the widest, no blanks at the end") {
  TextTable table({"path", "layer", "n"}, 2);
  table.add({"0", "Linear", "12"});
  table.add({"2.0.body", "λ", "7"});
  CHECK(table.text() ==
        "path      layer    n\n"
        "0         Linear  12\n"
        "2.0.body  λ        7\n");
  TextTable names({"a", "bb"}, 2);
  names.add({"xyz", "b"});
  CHECK(names.text() == "a    bb\nxyz  b\n");
}

TEST_CASE("text_table: as CSV, with quotes where they are needed") {
  TextTable table({"a", "b"}, 1);
  table.add({"1,5", "say \"x\""});
  CHECK(table.csv() == "a,b\n\"1,5\",\"say \"\"x\"\"\"\n");
}
