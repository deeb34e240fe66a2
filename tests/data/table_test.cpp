// SPDX-License-Identifier: MIT
#include "evomlp/data/table.hpp"

#include "evomlp/data/csv.hpp"
#include "evomlp/data/table_encoder.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

using namespace evomlp;
using evomlp_test::message_of;

TEST_CASE("A Table of one's own cells is what read_csv makes of the same text") {
  constexpr std::string_view text = "town,rooms\nUlm,3\nBonn,\nUlm,1.5\n";
  const Table file = read_csv(std::as_bytes(std::span(text)));
  Table own({"town", "rooms"}, {{"Ulm", "3"}, {"Bonn", ""}, {"Ulm", "1.5"}});
  own = Table(own);  // cells outlive the table that they came with
  REQUIRE(own.rows() == file.rows());
  CHECK(own.names() == file.names());
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 2; ++column) CHECK(own.cell(row, column) == file.cell(row, column));
  CHECK(own.cell(2, "rooms") == "1.5");
  CHECK(take_rows(own, std::array<std::size_t, 2>{2, 0}).cell(1, "rooms") == "3");

  TableEncoder<float> encoder({.target = "rooms", .missing = Missing::mean});
  const auto learned = encoder.fit_transform(take_rows(file, std::array<std::size_t, 2>{0, 2}));
  const bool same = encoder.features(take_rows(own, std::array<std::size_t, 2>{0, 2})) == learned.x;
  CHECK(same);
}

TEST_CASE("A Table needs neither rows nor columns") {
  CHECK(Table({"town"}, {}).rows() == 0);
  CHECK(Table({"town"}, {{"Ulm"}, {"Bonn"}}).cell(1, 0) == "Bonn");
  CHECK(Table({}, {}).columns() == 0);
}

TEST_CASE("A Table refuses rows of other lengths and two columns of one name") {
  CHECK(message_of<DataError>([] { Table({"town", "rooms"}, {{"Ulm", "3"}, {"Bonn"}}); }) ==
        "Table: line 2: got 1 cells, expected 2");
  CHECK(message_of<DataError>([] { Table({"town", "rooms", "town"}, {}, "the form"); }) ==
        "the form: column 3 has the name \"town\" of column 1");
  const Table form({"town"}, {{"Ulm"}}, "the form");
  CHECK(form.where(0, 0) == "the form: line 1, column 1 (\"town\")");
  CHECK(message_of<DataError>([&] { form.cell(0, "rooms"); }) == "the form: has no column \"rooms\"; it has \"town\"");
}
