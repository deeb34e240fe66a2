// SPDX-License-Identifier: MIT
#include "evomlp/data/csv.hpp"

#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using evomlp::DataError;
using evomlp::FileError;
using evomlp::read_csv;
using evomlp::ReadCsv;
using evomlp::Table;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

using Rows = std::vector<std::vector<std::string>>;

Rows cells(const Table& table) {
  Rows rows;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    rows.emplace_back();
    for (std::size_t j = 0; j < table.columns(); ++j) rows.back().emplace_back(table.cell(i, j));
  }
  return rows;
}

Rows read(std::string_view text, const ReadCsv& options = {}) { return cells(read_csv(bytes(text), options)); }

template <class E = FileError>
void check(std::string_view text, const std::string& message, const ReadCsv& options = {}) {
  CHECK_THROWS_WITH_AS(read_csv(bytes(text), options), ("read_csv: table in memory: " + message).c_str(), E);
}

}  // namespace

TEST_CASE("a table has named columns and rows of text") {
  const Table table = read_csv(bytes("age,name\r\n31,Ann\n\xE2\x88\x92 7,\n"));
  CHECK(table.names() == std::vector<std::string>{"age", "name"});
  CHECK(cells(table) == Rows{{"31", "Ann"}, {"\xE2\x88\x92 7", ""}});
  CHECK(table.column("name") == 1);
  CHECK(table.cell(0, "name") == "Ann");
  CHECK(table.where(1, 0) == "read_csv: table in memory: line 3, column 1 (\"age\")");
  CHECK_THROWS_WITH_AS(static_cast<void>(table.column("Age")),
                       "read_csv: table in memory: has no column \"Age\"; it has \"age\", \"name\"", DataError);
  CHECK_THROWS_AS(static_cast<void>(table.cell(2, "age")), DataError);
}

TEST_CASE("quotes hold delimiters, quotes and line breaks") {
  CHECK(read("a,b\n\"x,\"\"y\"\"\",\"\"\n\"1\r\n2\n\",3\n") == Rows{{"x,\"y\"", ""}, {"1\r\n2\n", "3"}});
  CHECK(read("\"a\"\"\",b\n1,\"\"\"\"") == Rows{{"1", "\""}});
  const Table table = read_csv(bytes("a,b\n\"x\n\ny\",1\n2,3"));
  CHECK(table.where(1, 1) == "read_csv: table in memory: line 5, column 2 (\"b\")");
}

TEST_CASE("the end of the file may come anywhere between rows") {
  for (const char* end : {"", "\n", "\r\n", "\n\n", "\r\n\n\r\n"}) {
    CHECK(read(std::string("a,b\n1,2") + end) == Rows{{"1", "2"}});
    CHECK(read(std::string("a,b\n1,") + end) == Rows{{"1", ""}});
    CHECK(read(std::string("a,b\n1,\"\"") + end) == Rows{{"1", ""}});
  }
  CHECK(read("\n\r\n\na,b\n\n1,2\n\n\n3,4") == Rows{{"1", "2"}, {"3", "4"}});
  CHECK(read_csv(bytes("\na,b\n\n1,2")).where(0, 0) == "read_csv: table in memory: line 4, column 1 (\"a\")");
  // In one column an empty line is a cell.
  CHECK(read("a\n1\n\n2\n") == Rows{{"1"}, {""}, {"2"}});
}

TEST_CASE("delimiter, header, spaces and byte order mark are the caller's") {
  CHECK(read("a;b\n1,5;2", {.delimiter = ';'}) == Rows{{"1,5", "2"}});
  CHECK(read("a\tb\n 1\t\"2\t\"", {.delimiter = '\t'}) == Rows{{" 1", "2\t"}});
  const Table table = read_csv(bytes("1,2\n3,4"), {.header = false});
  CHECK(table.names() == std::vector<std::string>{"1", "2"});
  CHECK(cells(table) == Rows{{"1", "2"}, {"3", "4"}});
  CHECK(table.where(1, 1) == "read_csv: table in memory: line 2, column 2 (\"2\")");
  CHECK(read("a, b\n 1 ,  x y\t\n2, \" q \" ", {.trim = true}) == Rows{{"1", "x y"}, {"2", " q "}});
  CHECK(read("a\tb\n1 \t\n", {.delimiter = '\t', .trim = true}) == Rows{{"1", ""}});
  CHECK(read("a,b\n 1 ,2") == Rows{{" 1 ", "2"}});
  CHECK(read_csv(bytes("\xEF\xBB\xBF"
                       "a,b\n1,2"))
            .names()[0] == "a");
  for (const char delimiter : {'"', '\n', '\r', '\0', '\x80', '\xFF'})
    CHECK_THROWS_AS(read("a,b\n1,2", {.delimiter = delimiter}), DataError);
  CHECK_THROWS_WITH_AS(
      read("a", {.delimiter = '"'}),
      "read_csv: the delimiter is character number 34, expected an ASCII character other than a quote, "
      "a line's end and NUL",
      DataError);
}

TEST_CASE("read_csv says where a table is broken") {
  check("a,b\n1,2\n3\n", "line 3, column 1 (\"a\"): the row ends here, after 1 of 2 cells");
  check("a,b\n1,2,3\n", "line 2, column 3: one cell too many, expected 2 cells in every row");
  check("a,b\n1,2,\n", "line 2, column 3: one cell too many, expected 2 cells in every row");
  check("a,b\n1,x\"y\"\n",
        "line 2, column 2 (\"b\"): a quote in a cell that doesn't begin with one; put the cell in quotes and write it "
        "twice");
  check("a,b\n1, \"y\"\n",
        "line 2, column 2 (\"b\"): a quote in a cell that doesn't begin with one; put the cell in quotes and write it "
        "twice");
  check("a,b\n\"1\"2,3\n", "line 2, column 1 (\"a\"): goes on after its closing quote");
  check("a,b\n\"1\" \"2\",3\n", "line 2, column 1 (\"a\"): goes on after its closing quote", {.trim = true});
  check("a,b\n1,\"2\n3\n4", "line 2, column 2 (\"b\"): the quote that opens here is never closed");
  check("a,b\n1,\"", "line 2, column 2 (\"b\"): the quote that opens here is never closed");
  check(std::string_view("a,b\n1,x\0y\n", 10), "line 2, column 2 (\"b\"): holds a NUL byte; is this a text file?");
  check(std::string_view("a,b\n\"1\n\0\",y\n", 12), "line 3, column 1 (\"a\"): holds a NUL byte; is this a text file?");
  check("a,b\r1,2\r", "line 1, column 2: holds a carriage return that no line feed follows");
  check("a,b\n1,2\r", "line 2, column 2 (\"b\"): holds a carriage return that no line feed follows");
  check("a,b\n1,caf\xE9\n", "line 2, column 2 (\"b\"): is not UTF-8");
  check("a,\xFF\n1,2\n", "line 1, column 2: is not UTF-8");
  check("a,b,a\n1,2,3", "line 1, column 3: has the name \"a\" of column 1");
  check("", "is empty, expected a header");
  check("\n\r\n", "is empty, expected a header");
  check("\xEF\xBB\xBF", "is empty, expected a header");
  check("", "is empty", {.header = false});
  check<DataError>("a,b\n", "holds no rows after the header");
  check(std::string_view("\xFF\xFE"
                         "a\0",
                         4),
        "is UTF-16, expected UTF-8");
  check("\x1F\x8B\x08", "is compressed with gzip; include <evomlp/io/gzip.hpp> and pass read_gzip(path)");
}

TEST_CASE("read_csv reads files") {
  const TemporaryFolder folder;
  const auto path = folder.write("table.csv", bytes("a,b\n1,2\n3"));
  CHECK_THROWS_WITH_AS(read_csv(path),
                       (path.string() + ": line 3, column 1 (\"a\"): the row ends here, after 1 of 2 cells").c_str(),
                       FileError);
  CHECK(read_csv(folder.write("good.csv", bytes("a,b\n1,2")).string()).rows() == 1);
  CHECK_THROWS_AS(read_csv(folder.path() / "missing.csv"), FileError);
}

TEST_CASE("read_csv survives every truncation and every single byte") {
  const std::string text = "n\xC3\xA4me,\"b \"\"x\"\"\"\r\n\"1\n\",2\r\n,\"\"\n\xE2\x82\xAC,4\n";
  std::size_t good = 0;
  const auto attempt = [&](const std::string& changed) {
    try {
      const std::vector<std::byte> copy(bytes(changed).begin(), bytes(changed).end());
      const Table table = read_csv(copy);
      for (std::size_t i = 0; i < table.rows(); ++i) {
        for (std::size_t j = 0; j < table.columns(); ++j) good += table.cell(i, j).size();
      }
    } catch (const evomlp::Error&) {
    }
  };
  for (std::size_t length = 0; length <= text.size(); ++length) attempt(text.substr(0, length));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = text;
      changed[i] = static_cast<char>(value);
      attempt(changed);
    }
  }
  CHECK(good > 1000);
}

TEST_CASE("a part of a table knows its lines and keeps the text alive") {
  const Table part = [] {
    const Table whole = read_csv(bytes("a,b\n\"1\"\"\",2\n3,4\n5,6"));
    const std::vector<std::size_t> rows = {2, 0, 2};
    return take_rows(whole, rows);
  }();
  CHECK(cells(part) == Rows{{"5", "6"}, {"1\"", "2"}, {"5", "6"}});
  CHECK(part.where(0, 1) == "read_csv: table in memory: line 4, column 2 (\"b\")");
  const std::vector<std::size_t> beyond = {3};
  CHECK_THROWS_WITH_AS(take_rows(part, beyond),
                       "take_rows: got row 3 (counted from 0), expected less than 3, the number of samples", DataError);
}

TEST_CASE("tables are split and folded like datasets") {
  std::string text = "id,class\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + (i < 5 ? ",rare\n" : ",common\n");
  const Table table = read_csv(bytes(text));
  const auto [train, test] = train_test_split(table, {.test_size = 0.4, .stratify = "class", .seed = 3});
  CHECK(train.rows() == 12);
  CHECK(test.rows() == 8);
  std::size_t rare = 0;
  for (std::size_t i = 0; i < test.rows(); ++i) rare += test.cell(i, "class") == "rare" ? 1 : 0;
  CHECK(rare == 2);
  // The same rows as of a dataset of the same size and seed.
  const auto plain = train_test_split(table, {.test_size = 8, .seed = 3});
  evomlp::Dataset<float> numbers{evomlp::make_matrix<float>(20, 1), evomlp::make_matrix<float>(20, 1)};
  for (std::size_t i = 0; i < 20; ++i) numbers.x(i, 0) = static_cast<float>(i);
  const auto parts = train_test_split(numbers, {.test_size = 8, .seed = 3});
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(plain.test.cell(i, 0) == std::to_string(static_cast<int>(parts.test.x(i, 0))));

  const auto folds = k_fold(table, {.folds = 5, .stratify = "class"});
  REQUIRE(folds.size() == 5);
  for (const auto& fold : folds) {
    CHECK(fold.test.rows() == 4);
    CHECK(fold.test.cell(0, "class") == "rare");
    CHECK(fold.test.cell(1, "class") == "common");
  }
  CHECK_THROWS_AS(k_fold(table, {.stratify = "none"}), DataError);
  CHECK_THROWS_AS(train_test_split(table, {.test_size = 20}), DataError);
}
