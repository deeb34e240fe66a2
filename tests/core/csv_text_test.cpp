// SPDX-License-Identifier: MIT
#include "evomlp/core/csv_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using evomlp::detail::csv_fields;
using evomlp::detail::CsvLine;

namespace {

std::string written(const std::vector<std::string>& fields) {
  CsvLine line;
  for (const auto& field : fields) line.add(field);
  return line.text();
}

}  // namespace

TEST_CASE("fields are quoted only where they must be") {
  CHECK(written({"epoch", "top 5", "0.5"}) == "epoch,top 5,0.5\n");
  CHECK(written({"a,b", "say \"x\"", "two\nlines", "\r"}) == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"\r\"\n");
  CHECK(written({"a", "", ""}) == "a,,\n");
  CHECK(written({"", "a"}) == "\"\",a\n");
  CHECK(written({""}) == "\"\"\n");
}

TEST_CASE("what is written can be read") {
  const std::string nul("a\0b", 3);
  for (const std::vector<std::string>& fields : std::vector<std::vector<std::string>>{
           {"a"}, {""}, {"", ""}, {"", "a", ""}, {"a", "", ""}, {"a,b", "\"", "\"\"", "c\"d"}, {nul, "é"}, {","}}) {
    const std::string line = written(fields);
    const auto read = csv_fields(std::string_view(line).substr(0, line.size() - 1));
    REQUIRE(read);
    CHECK(*read == fields);
  }
}

TEST_CASE("quotes out of place") {
  for (const char* line : {"a\"b", "\"a", "\"a\"b", "a,\"", "\"a\"\"", "\"a\",b\"", "\""}) {
    CAPTURE(line);
    CHECK(!csv_fields(line));
  }
  CHECK(csv_fields("")->size() == 1);
  CHECK(csv_fields(",,")->size() == 3);
}
