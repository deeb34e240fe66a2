// SPDX-License-Identifier: MIT
#include "evomlp/core/csv_line.hpp"

#include "evomlp/data/csv.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

using evomlp::read_csv;
using evomlp::detail::CsvLine;

namespace {

std::string written(const std::vector<std::string>& cells) {
  CsvLine line;
  for (const auto& cell : cells) line.add(cell);
  return line.text();
}

}  // namespace

TEST_CASE("cells are quoted only where they must be") {
  CHECK(written({"epoch", "top 5", "0.5"}) == "epoch,top 5,0.5\n");
  CHECK(written({"a,b", "say \"x\"", "two\nlines", "\r"}) == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"\r\"\n");
  CHECK(written({"a", "", ""}) == "a,,\n");
  CHECK(written({"", "a"}) == "\"\",a\n");
  CHECK(written({""}) == "\"\"\n");
}

TEST_CASE("what is written can be read") {
  for (const std::vector<std::string>& cells : std::vector<std::vector<std::string>>{
           {"a"}, {"", ""}, {"", "a", ""}, {"a", "", ""}, {"a,b", "\"", "\"\"", "c\"d", "two\nlines"}, {"é", ","}}) {
    const std::string line = written(cells);
    const auto table = read_csv(std::as_bytes(std::span(line)), {.header = false});
    REQUIRE(table.rows() == 1);
    REQUIRE(table.columns() == cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) CHECK(table.cell(0, i) == cells[i]);
  }
}
