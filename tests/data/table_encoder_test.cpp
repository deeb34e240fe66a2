// SPDX-License-Identifier: MIT
#include "evomlp/data/table_encoder.hpp"

#include "evomlp/data/csv.hpp"
#include "support/memory.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::EncodeTable;
using evomlp::Labels;
using evomlp::Missing;
using evomlp::Table;
using evomlp::TableEncoder;
using evomlp::Unknown;

namespace {

using Names = std::vector<std::string>;

Table table(std::string_view text) { return evomlp::read_csv(std::as_bytes(std::span(text))); }

const std::string where = "read_csv: table in memory: ";

// Titanic's kinds of columns.
const Table passengers = table(
    "id,class,sex,age,fare,port,survived\n"
    "1,3,male,22,7.25,S,no\n"
    "2,1,female,38,71.25,C,yes\n"
    "3,3,female,?,8,S,yes\n"
    "4,1,female,35,53,,yes\n"
    "5,3,male,35,8,S,no\n");
const EncodeTable options{.numeric = {"age", "fare"}, .categorical = {"sex", "port"}, .target = "survived"};

template <class T, class Target>
void check(TableEncoder<T, Target> encoder, const Table& data, const std::string& message) {
  CHECK_THROWS_WITH_AS(encoder.fit(data), message.c_str(), DataError);
}

}  // namespace

TEST_CASE_TEMPLATE("numbers are filled and standardised, categories one-hot", T, float, double) {
  TableEncoder<T, Labels> encoder(options);
  encoder.fit(passengers);
  const Dataset<T, Labels> data = encoder.transform(passengers);
  CHECK(encoder.feature_names() == Names{"age", "fare", "sex=female", "sex=male", "port=", "port=C", "port=S"});
  CHECK(encoder.classes() == Names{"no", "yes"});
  REQUIRE(data.size() == 5);
  REQUIRE(data.features() == 7);
  // numpy: a = np.array([22, 38, 32.5, 35, 35]); (a - a.mean()) / a.std(), and the same of the fares.
  const double ages[] = {-1.8981415059132414, 0.9942645983355074, 0.0, 0.451938453788867, 0.451938453788867};
  const double fares[] = {-0.8162870656240763, 1.5316847186429297, -0.7887717712771972, 0.8621458895355412,
                          -0.7887717712771972};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::fabs(static_cast<double>(data.x(i, 0)) - ages[i]) < 1e-6);
    CHECK(std::fabs(static_cast<double>(data.x(i, 1)) - fares[i]) < 1e-6);
  }
  const int expected[5][5] = {{0, 1, 0, 0, 1}, {1, 0, 0, 1, 0}, {1, 0, 0, 0, 1}, {1, 0, 1, 0, 0}, {0, 1, 0, 0, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) CHECK(data.x(i, j + 2) == static_cast<T>(expected[i][j]));
    CHECK(data.y(i) == (i == 0 || i == 4 ? 0 : 1));
  }
}

TEST_CASE("another part is encoded with what fit learned") {
  TableEncoder<float, Labels> encoder(options);
  encoder.fit(passengers);
  const auto data = encoder.transform(table("survived,port,age,fare,sex\nyes,Q,,29.5,other\nno,C,32.5,29.5,male\n"));
  CHECK(data.x(0, 0) == 0);  // the training part's mean age
  CHECK(data.x(0, 1) == 0);  // its mean fare
  for (std::size_t j = 2; j < 7; ++j) CHECK(data.x(0, j) == 0);
  CHECK(data.x(1, 5) == 1);
  CHECK(data.y(0) == 1);

  const auto x = encoder.features(table("port,age,fare,sex\nC,32.5,29.5,male\n"));
  for (std::size_t j = 0; j < 7; ++j) CHECK(x(0, j) == data.x(1, j));

  auto strict = options;
  strict.unknown = Unknown::error;
  TableEncoder<float, Labels> refusing(strict);
  refusing.fit(passengers);
  CHECK_THROWS_WITH_AS(
      refusing.transform(table("survived,port,age,fare,sex\nyes,C,1,2,male\nyes,Q,1,2,male")),
      (where + "line 3, column 2 (\"port\"): got \"Q\", expected one of the categories that fit saw").c_str(),
      DataError);
}

TEST_CASE("a target of numbers or of two classes goes into y") {
  TableEncoder encoder({.numeric = {"age"}, .target = "survived"});
  static_assert(std::is_same_v<decltype(encoder), TableEncoder<float>>);
  const Dataset<float> data = encoder.fit_transform(passengers);
  CHECK(data.outputs() == 1);
  CHECK(data.y(0, 0) == 0);
  CHECK(data.y(1, 0) == 1);
  CHECK(encoder.classes() == Names{"no", "yes"});

  TableEncoder<double> fares({.numeric = {"age"}, .target = "fare"});
  CHECK(fares.fit_transform(passengers).y(1, 0) == 71.25);
  CHECK(fares.classes().empty());

  check(TableEncoder<float>({.numeric = {"a"}, .target = "t"}), table("a,t\n1,2\n2,x\n3,3\n"),
        where + "line 3, column 2 (\"t\"): got \"x\", expected a number, or a cell that means missing (.na)");
}

TEST_CASE("classes are sorted as numbers where they are numbers") {
  TableEncoder<float, Labels> encoder({.numeric = {"a"}, .target = "t"});
  const auto data = encoder.fit_transform(table("a,t\n1,10\n1,9\n1,-1\n1,10\n"));
  CHECK(encoder.classes() == Names{"-1", "9", "10"});
  CHECK(data.y(0) == 2);
  CHECK(data.y(2) == 0);
  encoder.fit(table("a,t\n1,10\n1,9\n1,x\n"));
  CHECK(encoder.classes() == Names{"10", "9", "x"});
  CHECK_THROWS_WITH_AS(
      encoder.transform(table("a,t\n1,9\n1,11\n")),
      (where + "line 3, column 2 (\"t\"): got \"11\", expected one of the classes that fit saw").c_str(), DataError);
}

TEST_CASE("kinds of columns are found by what they hold") {
  TableEncoder<float, Labels> encoder({.target = "survived", .drop = {"id"}});
  encoder.fit(passengers);
  CHECK(encoder.feature_names() ==
        Names{"class", "age", "fare", "sex=female", "sex=male", "port=", "port=C", "port=S"});
  encoder = TableEncoder<float, Labels>({.categorical = {"class"}, .target = "survived", .drop = {"id"}});
  encoder.fit(passengers);  // a code among them: only its kind was said
  CHECK(encoder.feature_names() ==
        Names{"age", "fare", "class=1", "class=3", "sex=female", "sex=male", "port=", "port=C", "port=S"});
  encoder = TableEncoder<float, Labels>({.numeric = {"age"}, .target = "survived"});
  encoder.fit(passengers);  // the lists are all that is taken
  CHECK(encoder.feature_names() == Names{"age"});
  check(TableEncoder<float, Labels>({.categorical = {"sex"}, .target = "survived", .drop = {"sex"}}), passengers,
        "TableEncoder: column \"sex\" is named twice");
  check(TableEncoder<float, Labels>({.target = "survived", .max_categories = 2}), passengers,
        where + "column \"port\" has 3 categories, expected at most 2 (.max_categories); leave it out with .drop?");
  check(TableEncoder<float>({.target = "t"}), table("a,t\n,1\n?,2\n"), where + "column \"a\" holds no number");
  check(TableEncoder<float>({.target = "t"}), table("t\n1\n"), "TableEncoder: no column is left beside the target");
}

TEST_CASE("a few cells that are no numbers don't make categories of a column of numbers") {
  const auto column = [](int numbers, const std::string& others) {
    std::string text = "age,y\n";
    for (int i = 0; i < numbers; ++i) text += std::to_string(20 + i) + ",1\n";
    return text + others;
  };
  TableEncoder encoder({.target = "y"});
  CHECK_THROWS_WITH_AS(
      encoder.fit(table(column(20, "unknown,2\n?,1\n-,1\n"))),
      (where + "line 22, column 1 (\"age\"): got \"unknown\", expected a number, as in 20 other cells of the "
               "column: if it means missing, add it to .na; else name the column in .categorical")
          .c_str(),
      DataError);
  encoder.fit(table(column(19, "unknown,2\n-,1\n")));  // fewer than ten times as many: categories
  CHECK(encoder.feature_names().size() == 21);
  encoder.fit(table(column(20, "n/a,2\n<NA>,1\n")));
  CHECK(encoder.feature_names().size() == 1);
}

TEST_CASE("missing numbers are filled by mean or median, refused, or left out with their row") {
  const Table data = table("a,b,t\n1,1,1\n?,1,2\n2,1,3\n9,,4\n4,1,5\n");
  const auto encode = [&](Missing missing) {
    return TableEncoder<double>({.numeric = {"a"}, .target = "t", .missing = missing, .standardise = false})
        .fit_transform(data);
  };
  CHECK(encode(Missing::mean).x(1, 0) == 4);
  CHECK(encode(Missing::median).x(1, 0) == 3);
  const auto dropped = encode(Missing::drop_row);
  CHECK(dropped.size() == 4);
  CHECK(dropped.y(1, 0) == 3);
  CHECK_THROWS_WITH_AS(
      encode(Missing::error),
      (where + "line 3, column 1 (\"a\"): got \"?\", expected a number (.missing says what to do without one)").c_str(),
      DataError);

  TableEncoder<double> dropping({.target = "t", .missing = Missing::drop_row});
  CHECK(dropping.fit_transform(data).size() == 3);  // a column in use is missing in two rows
  CHECK_THROWS_AS(dropping.features(data), DataError);
  CHECK(dropping.transform(table("a,b,t\n1,1,1\n1,1,NA\n")).size() == 1);
  check(TableEncoder<double>({.target = "t", .missing = Missing::drop_row}), table("a,t\n1,?\n"),
        where + "holds no rows in which nothing is missing");
  check(TableEncoder<double>({.target = "t"}), table("a,t\n1,2\n1,?\n"),
        where + "line 3, column 2 (\"t\"): got \"?\", expected a target (Missing::drop_row leaves such rows out)");
  // What means "missing" is the caller's choice, even a number.
  CHECK(TableEncoder<double>({.target = "t", .standardise = false, .na = {"-1"}})
            .fit_transform(table("a,t\n-1,2\n5,3\n"))
            .x(0, 0) == 5);
  CHECK(TableEncoder<double>({.target = "t", .standardise = false, .na = {"1e999"}})
            .fit_transform(table("a,t\n1e999,2\n5,3\n"))
            .x(0, 0) == 5);
}

TEST_CASE("cells that are no numbers are named") {
  const auto bad = [](const std::string& cell, const std::string& expected) {
    const std::string quoted = cell.find(',') == std::string::npos ? cell : '"' + cell + '"';
    check(TableEncoder<float>({.numeric = {"a"}, .target = "t"}), table("a,t\n1,1\n" + quoted + ",2\n3,3\n"),
          where + "line 3, column 1 (\"a\"): got \"" + cell + "\", expected " + expected);
  };
  for (const char* cell : {"1,5", "12abc", "0x10", "1 000", "inf", " 1"})
    bad(cell, "a number, or a cell that means missing (.na)");
  bad("1e999", "a number that double can hold");
  check(TableEncoder<float>({.numeric = {"a"}, .target = "t"}), table("a,t\n" + std::string(50, 'x') + ",2\n"),
        where + "line 2, column 1 (\"a\"): got \"" + std::string(40, 'x') +
            "...\", expected a number, or a cell that means missing (.na)");

  TableEncoder<float> narrow({.target = "t", .standardise = false});
  CHECK_THROWS_WITH_AS(
      narrow.fit_transform(table("a,t\n1,1\n-1e39,2\n")),
      (where + "line 3, column 1 (\"a\"): got \"-1e39\", expected a number that float can hold").c_str(), DataError);
  CHECK_THROWS_AS(narrow.fit_transform(table("a,t\n1,1e39\n")), DataError);
  TableEncoder<double> wide({.target = "t", .standardise = false});
  CHECK(wide.fit_transform(table("a,t\n1,1\n-1e39,2\n")).x(1, 0) == -1e39);
}

TEST_CASE("columns must be there, once") {
  check(TableEncoder<float>({.target = "lost"}), passengers,
        where + "has no column \"lost\"; it has \"id\", \"class\", \"sex\", \"age\", \"fare\", \"port\", \"survived\"");
  CHECK_THROWS_AS(TableEncoder<float>({.numeric = {"x"}, .target = "id"}).fit(passengers), DataError);
  CHECK_THROWS_AS(TableEncoder<float>({.target = "id", .drop = {"x"}}).fit(passengers), DataError);
  check(TableEncoder<float>({.numeric = {"age"}, .categorical = {"age"}, .target = "id"}), passengers,
        "TableEncoder: column \"age\" is named twice");
  check(TableEncoder<float>({.numeric = {"id"}, .target = "id"}), passengers,
        "TableEncoder: column \"id\" is named twice");
  check(TableEncoder<float>({.target = "id", .weights = "id"}), passengers,
        "TableEncoder: column \"id\" is named twice");
  check(TableEncoder<float>({.numeric = {"age"}, .target = "id", .drop = {"age"}}), passengers,
        "TableEncoder: column \"age\" is named twice");
  check(TableEncoder<float>({}), passengers, "TableEncoder: .target is empty, expected the name of a column");

  TableEncoder<float, Labels> encoder(options);
  CHECK_THROWS_WITH_AS(encoder.transform(passengers), "TableEncoder::transform: call fit first", DataError);
  CHECK_THROWS_WITH_AS(encoder.features(passengers), "TableEncoder::features: call fit first", DataError);
  encoder.fit(passengers);
  const Names names = encoder.feature_names();
  CHECK_THROWS_AS(encoder.fit(table("a\n1\n")), DataError);
  CHECK(encoder.feature_names() == names);  // a fit that fails changes nothing
  CHECK_THROWS_AS(encoder.transform(table("sex,survived\nmale,no\n")), DataError);
}

TEST_CASE("what an encoder remembers makes another one the same") {
  for (const bool standardise : {true, false}) {
    auto chosen = options;
    chosen.standardise = standardise;
    chosen.missing = Missing::median;
    TableEncoder<float, Labels> encoder(chosen), again({});
    encoder.fit(passengers);
    auto values = remembered(encoder);
    recall(again, values);
    CHECK(again.feature_names() == encoder.feature_names());
    CHECK(again.classes() == encoder.classes());
    CHECK(again.transform(passengers).x == encoder.transform(passengers).x);
    CHECK(again.transform(passengers).y == encoder.transform(passengers).y);

    values["fill"] = std::vector<double>(3);
    CHECK_THROWS_WITH_AS(recall(again, values), "fill is not as long as numeric", std::runtime_error);
  }
}

TEST_CASE("a column of weights is no feature") {
  const Table data = table("a,w,t\n1,2.5,1\n2,0,2\n3,7,3\n");
  TableEncoder<float> encoder({.target = "t", .weights = "w"}), again({});
  const auto encoded = encoder.fit_transform(data);
  CHECK(encoder.feature_names() == Names{"a"});
  REQUIRE(encoded.weights.size() == 3);
  CHECK(encoded.weights(0) == 2.5f);
  CHECK(encoded.weights(1) == 0);
  auto values = remembered(encoder);
  recall(again, values);
  CHECK(again.transform(data).weights == encoded.weights);
  CHECK_FALSE(TableEncoder<float>({.target = "t"}).fit_transform(data).has_weights());

  CHECK_THROWS_WITH_AS(encoder.transform(table("a,w,t\n1,-1,1\n")),
                       (where + "line 2, column 2 (\"w\"): got \"-1\", expected a weight of 0 or more").c_str(),
                       DataError);
  CHECK_THROWS_AS(encoder.transform(table("a,w,t\n1,?,1\n")), DataError);
  check(TableEncoder<float>({.numeric = {"w"}, .target = "t", .weights = "w"}), data,
        "TableEncoder: column \"w\" is named twice");
  check(TableEncoder<float>({.target = "t", .weights = "v"}), data,
        where + "has no column \"v\"; it has \"a\", \"w\", \"t\"");
}
