// SPDX-License-Identifier: MIT
// The support of the lab programs, examples/lab/support.
#include "../../examples/lab/support/claims.hpp"
#include "../../examples/lab/support/digits.hpp"
#include "../../examples/lab/support/pictures.hpp"
#include "../../examples/lab/support/results.hpp"
#include "../../examples/lab/support/run.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using evomlp_test::contains;
using evomlp_test::message_of;

TEST_CASE("numbers in sentences") {
  CHECK(lab::text("a ", 3, " of ", std::size_t{12}, ", ", 0.123456, ", ", 1375.0, ", ", 123456.0, ", ", -0.5) ==
        "a 3 of 12, 0.1235, 1375, 123456, -0.5");
  CHECK(lab::text(1e300, " ", 1e-7) == "1e+300 1e-07");
  CHECK(lab::percent(0.1234) == "12.3 %");
  CHECK(lab::exact(0.00123456) == "0.00123456");
  CHECK(lab::exact(0.1f) == "0.1");
  CHECK(lab::exact(1 / 3.0) == "0.3333333333333333");
  CHECK(lab::exact(10.0) + lab::exact(-3) + lab::exact(5e-5) == "10-35e-05");
}

TEST_CASE("results: medians and quartiles over the seeds, curves by number, errors that name what isn't there") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "runs.csv";
  std::ofstream(path) << "# width: 100\nconfiguration,seed,accuracy,loss@10,loss@2,dead,failure\n"
                         "a,1,0.5,1,3,,\na,0,0.25,2,4,,\nb,0,,,,,lost\na,2,1,3,8,,\n";
  const lab::Results results(path);
  CHECK(results.configurations() == std::vector<std::string>{"a", "b"});
  CHECK(results.setting("width") == "100");
  CHECK(results.setting_number("width") == 100);
  CHECK(results.values("a", "accuracy") == std::vector{0.25, 0.5, 1.0});  // by seed
  CHECK(results.median("a", "accuracy") == 0.5);
  CHECK(results.quartiles("a", "accuracy").lower == 0.375);
  CHECK(results.quartiles("a", "accuracy").upper == 0.75);
  const auto curve = results.curve("a", "loss");
  REQUIRE(curve.size() == 2);
  CHECK(curve[0].at == 2);
  CHECK(curve[0].median == 4);
  CHECK(curve[0].upper == 6);
  CHECK(curve[1].at == 10);
  CHECK(results.failures("b") == 1);
  CHECK(results.failures("a") == 0);
  CHECK(results.has("a", "accuracy"));
  CHECK_FALSE(results.has("a", "dead"));
  CHECK_FALSE(results.has("a", "none"));
  CHECK_FALSE(results.has("c", "accuracy"));
  const auto across = results.across({{3, "a"}, {1, "b"}, {2, "c"}, {0, "a"}}, "accuracy");
  REQUIRE(across.size() == 2);  // b failed, c isn't there
  CHECK(across[0].at == 3);
  CHECK(across[0].upper == 0.75);
  CHECK(across[1].at == 0);
  const std::string begin = path.string() + ": ";
  CHECK(message_of([&] { results.median("c", "accuracy"); }) == begin + "has no configuration 'c'");
  CHECK(message_of([&] { results.median("a", "f1"); }) == begin + "has no figure 'f1'");
  CHECK(message_of([&] { results.median("a", "dead"); }) == begin + "no run of 'a' gave 'dead'; 0 failed");
  CHECK(message_of([&] { results.median("b", "accuracy"); }) == begin + "no run of 'b' gave 'accuracy'; 1 failed");
  CHECK(message_of([&] { results.curve("a", "accuracy"); }) == begin + "no run of 'a' gave a 'accuracy@…'");
  CHECK(message_of([&] { results.setting("depth"); }) == begin + "has no setting 'depth'");
}

TEST_CASE("claims: each is judged by itself, and an error costs no other its verdict") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "runs.csv";
  std::ofstream(path) << "configuration,seed,accuracy,failure\na,0,0.5,\nb,0,,lost\n";
  const lab::Results results(path);
  lab::Claims claims;
  const auto above = [&](const char* claim, const char* configuration, double limit) {
    claims.add(claim, [&] {
      const double median = results.median(configuration, "accuracy");
      return lab::Judged{median > limit, lab::text("median ", median)};
    });
  };
  above("a above 0.4", "a", 0.4);
  above("b above 0.4", "b", 0.4);
  above("a above 0.6", "a", 0.6);
  claims.add("a law", [] {
    lab::enough(1 > 0, "never said");
    lab::enough(2 > 3, "a law needs three points");
    return lab::Judged{true, "on nothing"};
  });
  CHECK_THROWS_AS(claims.add("a mistake", []() -> lab::Judged { throw std::out_of_range("at"); }), std::out_of_range);
  const auto& verdicts = claims.verdicts();
  REQUIRE(verdicts.size() == 4);
  CHECK(verdicts[0].claim == "a above 0.4");
  CHECK(verdicts[0].outcome == lab::Outcome::holds);
  CHECK(verdicts[0].evidence == "median 0.5");
  CHECK(verdicts[1].claim == "b above 0.4");
  CHECK(verdicts[1].outcome == lab::Outcome::unknown);
  CHECK(verdicts[1].evidence == path.string() + ": no run of 'b' gave 'accuracy'; 1 failed");
  CHECK(verdicts[2].outcome == lab::Outcome::fails);
  CHECK(verdicts[2].evidence == "median 0.5");
  CHECK(verdicts[3].outcome == lab::Outcome::unknown);
  CHECK(verdicts[3].evidence == "a law needs three points");
  CHECK_THROWS_AS(results.curve("b", "accuracy"), lab::MissingError);
}

TEST_CASE("a run: what fits the scale, seeds, settings into the CSV") {
  const TemporaryFolder folder;
  lab::Run run({.program = "try", .out = folder.path(), .data = {}, .scale = lab::Scale::smoke});
  CHECK(run.by_scale(1, 2) == 1);
  CHECK(run.by_scale(1, 2, 3, 4) == 1);
  CHECK(run.seeds(9) == 2);
  CHECK(run.setting("width", 100) == 100);
  run.left_out("this");
  run.left_out("that");
  struct Case {
    std::string name;
  };
  run.experiments(
      std::vector<Case>{{"a"}}, lab::all({"x"}, lab::along("y", std::vector<int>{1, 5})),
      [](const Case&, std::uint64_t seed) { return lab::Figures{{"x", static_cast<double>(seed)}}.add("y", 5, 2); });
  std::ifstream file(folder.path() / "try.csv");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(contains(text, "# scale: smoke\n# width: 100\n# left out: this; that\nconfiguration,seed,x,y@1,y@5,failure\n"));
  CHECK(contains(text, "a,1,1,,2,\n"));

  lab::Run more({.program = "try", .out = folder.path(), .data = {}, .seeds = 3, .scale = lab::Scale::smoke});
  const auto experiments = [&](lab::Run& with, const auto& configurations) {
    with.experiments(configurations, lab::all({"x"}, lab::along("y", std::vector<int>{1, 5})));
  };
  const std::vector<lab::Case> a{{"a", [](std::uint64_t) { return lab::Figures{{"x", 7}}; }}};
  more.setting("width", 100);
  more.left_out("this; that");
  CHECK(message_of([&] { experiments(more, a); }) == "experiments before run.seeds(): how many seeds?");
  more.seeds(9);
  experiments(more, a);  // the third seed alone
  CHECK(lab::Results(more.csv()).values("a", "x") == std::vector{0.0, 1.0, 7.0});

  lab::Run full({.program = "try", .out = folder.path(), .data = {}, .seeds = 3, .scale = lab::Scale::full});
  CHECK(full.by_scale(1, 2) == 2);
  CHECK(full.by_scale(1, 2, 3, 4) == 4);
  CHECK(full.seeds(9) == 3);
  CHECK(contains(message_of([&] {
                   full.experiments(std::vector<Case>{{"a"}}, {"x"},
                                    [](const Case&, std::uint64_t) { return lab::Figures{{"x", 1}}; });
                 }),
                 "its 'scale' is 'smoke', expected 'full'"));
}

TEST_CASE("settings and names that differ in their last digits differ") {
  const TemporaryFolder folder;
  const auto with_rate = [&](double lr) {
    lab::Run run({.program = "rate", .out = folder.path(), .data = {}});
    run.seeds(1);
    run.setting("lr", lr);
    run.experiments(std::vector<lab::Case>{{"a", [](std::uint64_t) { return lab::Figures{}.add("x", 0.12342, 1); }}},
                    lab::along("x", std::vector{0.12341, 0.12342}));
  };
  with_rate(0.00123456);
  CHECK(contains(message_of([&] { with_rate(0.00123478); }), "its 'lr' is '0.00123456', expected '0.00123478'"));
}

TEST_CASE("a picture's script holds its numbers, and text is quoted") {
  const TemporaryFolder folder;
  lab::Figure figure({.title = "a \"b\"", .x = "step", .y = "loss", .log_y = true});
  figure.line("one", {{1, 2, 1.5, 2.5}, {3, 4}}).bars("bar", {{"c", {1, 2, 3}}}).level(0.5, "half");
  lab::Pictures(folder.path()).save("try", {figure, figure}, {.columns = 2});
  std::ifstream file(folder.path() / "try.gp");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char* part : {"$panel0_0 << EOD\n1 2 1.5 2.5\n3 4 4 4\nEOD\n", "$panel1_0", "set title \"a \\\"b\\\"\"",
                           "set logscale y", "title \"one\"", "filledcurves", "size 800,400", "layout 1,2", "\"half\""})
    CHECK_MESSAGE(contains(text, part), part);
}

TEST_CASE("a map without a title keeps its colours, one column is a grid, and a level off the axis is not drawn") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  const auto grid = lab::Grid::of({1, 2}, {0, 1}, 1, 2, [](double x, double y) { return x + y; });
  CHECK(grid.values == std::vector{1.0, 2.0});
  lab::Figure figure({.y_range = {{0, 1}}});
  figure.heat(grid, "", true, std::pair{1.0, 2.0}).level(2, "above").level(0.5, "inside").line("none", {});
  const lab::Figure nothing({.title = "nothing", .log_x = true, .log_y = true});
  lab::Pictures(folder.path()).save("map", {figure, nothing});
  std::ifstream file(folder.path() / "map.gp");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(contains(text, "set logscale cb\nset cbrange [1:2]\n"));
  CHECK(contains(text, "inside"));
  CHECK_FALSE(contains(text, "above"));
  CHECK_FALSE(contains(text, "none\""));
  CHECK_THROWS(lab::Pictures(folder.path() / "nowhere").save("map", figure));
  CHECK(std::filesystem::current_path() == before);
}

TEST_CASE("made-up digits are the same again, a part is part of the whole, and all classes are there") {
  const auto all = lab::made_up_digits(60), again = lab::made_up_digits(20, 1, 40), other = lab::made_up_digits(20, 2);
  CHECK(all.x.shape()[1] == 784);
  std::vector<int> counts(10);
  double squares = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    ++counts[static_cast<std::size_t>(all.y(i))];
    for (std::size_t p = 0; p < 784; ++p) squares += double{all.x(i, p)} * double{all.x(i, p)};
  }
  for (const int count : counts) CHECK(count > 0);
  CHECK(squares / (60 * 784) == doctest::Approx(1).epsilon(0.3));
  bool same = true, differs = false;
  for (std::size_t p = 0; p < 784; ++p) {
    same = same && all.x(40, p) == again.x(0, p);
    differs = differs || all.x(0, p) != other.x(0, p);
  }
  CHECK(same);
  CHECK(differs);
}
