// SPDX-License-Identifier: MIT
#include "evomlp/data/load_csv.hpp"

#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::FileError;
using evomlp::Labels;
using evomlp::load_csv;
using evomlp::Missing;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

constexpr std::string_view houses = "area,rooms,price\n120,4,250.5\n80.5,?,1e2\n";

}  // namespace

TEST_CASE_TEMPLATE("load_csv reads numbers", T, float, double) {
  const Dataset<T> data = load_csv<T>(bytes(houses), {.missing = Missing::mean});
  CHECK(data.size() == 2);
  CHECK(data.features() == 2);
  CHECK(data.outputs() == 1);
  CHECK(data.x(1, 0) == T(80.5));
  CHECK(data.x(1, 1) == 4);
  CHECK(data.y(0, 0) == T(250.5));
  CHECK(data.y(1, 0) == 100);
  CHECK(load_csv<T>(bytes(houses), {.target = "area", .missing = Missing::drop_row}).y(0, 0) == 120);
  CHECK(load_csv<T>(bytes(houses), {.columns = {"area"}}).features() == 1);
  CHECK(load_csv<T>(bytes("1;2\n3;4"), {.target = "1", .header = false, .delimiter = ';'}).y(1, 0) == 3);
}

TEST_CASE("load_csv reads classes") {
  const TemporaryFolder folder;
  const auto path = folder.write("iris.csv", bytes("length,species\n5.1, setosa\n6.3, virginica\n4.9, setosa\n"));
  const auto [data, classes] = load_csv<float, Labels>(path, {.target = "species", .trim = true});
  static_assert(std::is_same_v<decltype(data), const Dataset<float, Labels>>);
  CHECK(classes == std::vector<std::string>{"setosa", "virginica"});
  CHECK(data.y(0) == 0);
  CHECK(data.y(1) == 1);
  CHECK(load_csv(path.string(), {.trim = true}).y(1, 0) == 1);  // two classes as 0 and 1
}

TEST_CASE("load_csv says what it can't read") {
  const std::string where = "read_csv: table in memory: ";
  CHECK_THROWS_WITH_AS(
      load_csv(bytes(houses)),
      (where + "line 3, column 2 (\"rooms\"): got \"?\", expected a number (.missing says what to do without one)")
          .c_str(),
      DataError);
  CHECK_THROWS_WITH_AS(
      load_csv(bytes("a,b\n1,2\nmale,3\n")),
      (where + "line 3, column 1 (\"a\"): got \"male\", expected a number, or a cell that means missing (.na)").c_str(),
      DataError);
  CHECK_THROWS_WITH_AS(load_csv(bytes(houses), {.target = "cost"}),
                       (where + "has no column \"cost\"; it has \"area\", \"rooms\", \"price\"").c_str(), DataError);
  CHECK_THROWS_WITH_AS(load_csv(bytes("a\n1\n")), "TableEncoder: no column is left beside the target", DataError);
  CHECK_THROWS_AS(load_csv(bytes("a,b\n1\n")), FileError);
  CHECK_THROWS_AS(load_csv("missing.csv"), FileError);
}
