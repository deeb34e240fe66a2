// SPDX-License-Identifier: MIT
// labels: thread
#include "evomlp/experiments/run_experiments.hpp"

#include "evomlp/core/random.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if !defined(_WIN32)
#include <unistd.h>
#endif

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;

namespace {

struct Scale {
  std::string name;
  double factor;
};
const std::vector<Scale> scales{{"small", 1}, {"large, \"very\"", 100}};

double number(const Scale& scale, std::uint64_t seed) { return scale.factor * Random(seed, Stream::data).uniform(0); }

using Pairs = std::vector<std::pair<std::string, double>>;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

bool same(const ExperimentReport& a, const ExperimentReport& b) {
  return std::equal(a.runs.begin(), a.runs.end(), b.runs.begin(), b.runs.end(),
                    [](const ExperimentRun& p, const ExperimentRun& q) {
                      return p.configuration == q.configuration && p.seed == q.seed && p.figures == q.figures &&
                             p.failure == q.failure;
                    }) &&
         a.to_string() == b.to_string();
}

}  // namespace

TEST_CASE("every configuration with every seed, in order, whatever the threads do") {
  const auto run = [&](int threads) {
    return run_experiments(scales, {.seeds = 12, .first_seed = 5, .threads = threads},
                           [](const Scale& scale, std::uint64_t seed) {
                             std::this_thread::sleep_for(std::chrono::microseconds(100 * (seed % 3)));
                             return number(scale, seed);
                           });
  };
  const auto one = run(1);
  REQUIRE(one.runs.size() == 24);
  for (std::size_t i = 0; i < 24; ++i) {
    CHECK(one.runs[i].configuration == scales[i / 12].name);
    CHECK(one.runs[i].seed == 5 + i % 12);
    CHECK(one.runs[i].figures == std::vector{number(scales[i / 12], 5 + i % 12)});
    CHECK(one.runs[i].failure.empty());
  }
  for (const int threads : {0, 2, 3, 100}) CHECK(same(run(threads), one));
}

TEST_CASE("with two threads two runs are made at a time; with one, all in the caller's thread") {
  std::atomic<int> inside{0}, together{0};
  run_experiments(scales, {.seeds = 2, .threads = 2}, [&](const Scale&, std::uint64_t) {
    const int now = ++inside;
    for (int i = 0; i < 2000 && inside.load() < 2 && together.load() < 2; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (inside.load() > together.load()) together = inside.load();
    --inside;
    return static_cast<double>(now);
  });
  CHECK(together.load() == 2);
  std::set<std::thread::id> threads;
  run_experiments(scales, {.seeds = 3, .threads = 1}, [&](const Scale&, std::uint64_t) {
    threads.insert(std::this_thread::get_id());
    return 1;
  });
  CHECK(threads == std::set{std::this_thread::get_id()});
}

TEST_CASE("the report: quartiles as Python has them, worst and best by the figure") {
  const auto report = run_experiments(std::vector<Scale>{{"é", 1}},
                                      {.seeds = 6, .threads = 1, .figures = {{"accuracy"}, {"loss", false}}},
                                      [](const Scale&, std::uint64_t seed) {
                                        const double values[] = {3, 1, 4, 1.5, 9, 2.6};
                                        return Pairs{{"loss", -values[seed]}, {"accuracy", values[seed]}};
                                      });
  // Python: statistics.quantiles([3, 1, 4, 1.5, 9, 2.6], n=4, method='inclusive') = [1.775, 2.8, 3.75]
  const auto& accuracy = report.summary("é", "accuracy");
  CHECK(accuracy.runs == 6);
  CHECK(accuracy.lower_quartile == doctest::Approx(1.775).epsilon(1e-15));
  CHECK(accuracy.median == doctest::Approx(2.8).epsilon(1e-15));
  CHECK(accuracy.upper_quartile == doctest::Approx(3.75).epsilon(1e-15));
  CHECK(accuracy.worst == 1);
  CHECK(accuracy.best == 9);
  const auto& loss = report.summary("é", "loss");
  CHECK(loss.worst == -1);
  CHECK(loss.best == -9);
  CHECK(report.to_string() ==
        "configuration  figure    runs  failures  worst   25 %  median    75 %  best\n"
        "é              accuracy     6         0      1  1.775     2.8    3.75     9\n"
        "é              loss         6         0     -1  -3.75    -2.8  -1.775    -9\n");
  CHECK(contains(message_of([&] { report.summary("é", "f1"); }), "no configuration 'é' with a figure 'f1'"));
  const TemporaryFolder folder;
  report.write_csv(folder.path() / "report.csv");
  CHECK(text_of(folder.path() / "report.csv") ==
        "configuration,figure,runs,failures,worst,lower_quartile,median,upper_quartile,best\n"
        "é,accuracy,6,0,1,1.775,2.8,3.75,9\né,loss,6,0,-1,-3.75,-2.8,-1.775,-9\n");
}

TEST_CASE("one run is its own median") {
  const auto report =
      run_experiments(std::vector<Scale>{{"a", 1}}, {.seeds = 1}, [](const Scale&, std::uint64_t) { return 7; });
  const auto& one = report.summary("a");
  CHECK(one.lower_quartile == 7);
  CHECK(one.median == 7);
  CHECK(one.upper_quartile == 7);
  CHECK(one.worst == 7);
  CHECK(one.best == 7);
}

TEST_CASE("failures are counted and named, and don't end the others") {
  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  int calls = 0;
  const auto run = [&] {
    return run_experiments(std::vector<Scale>{{"a", 1}, {"b", 2}}, {.seeds = 6, .threads = 1, .csv = csv},
                           [&](const Scale& scale, std::uint64_t seed) -> double {
                             ++calls;
                             if (scale.factor == 2 && seed != 9) throw std::runtime_error("");
                             if (seed == 1) throw TrainingError("no, \"finite\"\nstep\xFF");
                             if (seed == 2) return std::numeric_limits<double>::quiet_NaN();
                             if (seed == 3) return std::numeric_limits<double>::infinity();
                             if (seed == 4) throw 5;
                             return static_cast<double>(seed);
                           });
  };
  const auto report = run();
  CHECK(report.runs[1].failure == "no, \"finite\" step?");
  CHECK(report.runs[2].failure == "result is nan");
  CHECK(report.runs[3].failure == "result is inf");
  CHECK(report.runs[4].failure == "an exception that is no std::exception");
  CHECK(report.runs[1].figures.empty());
  CHECK(report.runs[2].figures.empty());
  CHECK(report.summary("a").runs == 2);
  CHECK(report.summary("a").failures == 4);
  CHECK(report.summary("a").median == 2.5);
  CHECK(report.summary("b").runs == 0);
  CHECK(report.summary("b").failures == 6);
  CHECK(report.summary("b").median != report.summary("b").median);
  CHECK(report.runs[6].failure == "an exception without a message");
  CHECK(contains(report.to_string(), "nan"));
  CHECK(text_of(csv).rfind(
            "configuration,seed,result,failure\na,0,0,\na,1,,\"no, \"\"finite\"\" step?\"\na,2,,result is nan\n", 0) ==
        0);

  // What failed is there too: it isn't run again, and is still a failure.
  CHECK(calls == 12);
  CHECK(same(run(), report));
  CHECK(calls == 12);
}

TEST_CASE("runs that are in the CSV aren't made again; a torn last line is") {
  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  std::atomic<int> calls{0};
  const auto run = [&](int seeds, int threads) {
    return run_experiments(scales, {.seeds = seeds, .threads = threads, .csv = csv},
                           [&](const Scale& scale, std::uint64_t seed) {
                             ++calls;
                             return number(scale, seed) / 3;
                           });
  };
  const auto whole = run(4, 1);
  CHECK(calls.exchange(0) == 8);
  const std::string text = text_of(csv);
  // Cut off anywhere: what is whole is kept, the rest is made again, and the file is the same in the end.
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    write(csv, text.substr(0, length));
    CHECK(same(run(4, 1), whole));
    const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), '\n');
    CHECK(calls.exchange(0) == 8 - (std::max)(std::ptrdiff_t{0}, lines - 1));
    CHECK(text_of(csv) == text);
  }
  // An editor's line ends.
  std::string crlf = text;
  for (std::size_t i = 0; (i = crlf.find('\n', i)) != std::string::npos; i += 2) crlf.replace(i, 1, "\r\n");
  write(csv, crlf);
  CHECK(same(run(4, 1), whole));
  CHECK(calls == 0);
  write(csv, text);
  // More seeds later, and fewer: what isn't asked for stays in the file.
  CHECK(run(6, 2).runs.size() == 12);
  CHECK(calls.exchange(0) == 4);
  const std::string longer = text_of(csv);
  CHECK(same(run(4, 2), whole));
  CHECK(calls == 0);
  CHECK(text_of(csv) == longer);
}

TEST_CASE("a CSV of something else is an error, and left as it is") {
  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  const std::string header = "configuration,seed,result,failure\n";
  const auto refused = [&](const std::string& text) {
    write(csv, text);
    const std::string message =
        message_of<FileError>([&] { run_experiments(std::vector<Scale>{{"a", 1}}, {.seeds = 1, .csv = csv}, number); });
    CHECK(text_of(csv) == text);
    CHECK(message.rfind(csv.string() + ": ", 0) == 0);
    return message;
  };
  CHECK(contains(refused("my diary"), "is not of this experiment: it begins with 'my diary', expected '" +
                                          header.substr(0, header.size() - 1) + "'"));
  for (const char* other : {"configuration,seed,accuracy,failure\n", "configuration,seed,result,failure;", "\n"})
    CHECK(contains(refused(other), "is not of this experiment"));
  CHECK(contains(refused(std::string("\0\0\0", 3)), "is not of this experiment"));
  const std::string line = ": line 2, column ";
  CHECK(
      contains(refused(header + "b,0,1,\n"), line + "1 (\"configuration\"): is 'b', expected a configuration of this"));
  CHECK(contains(refused(header + "a,0,1,\na,0,2,\n"),
                 ": line 3, column 2 (\"seed\"): configuration 'a' with seed 0 is there twice"));
  CHECK(contains(refused(header + "a,0,1\n"), line + "3 (\"result\"): the row ends here"));
  for (const char* seed : {"-1", "1.5", "99999999999999999999", "", "0x1"})
    CHECK(contains(refused(header + "a," + seed + ",1,\n"),
                   line + "2 (\"seed\"): is '" + seed + "', expected a whole number"));
  for (const char* result : {"nan", "", "1e999", "1 "})
    CHECK(contains(refused(header + "a,0," + result + ",\n"),
                   line + "3 (\"result\"): is '" + result + "', expected a number"));
  CHECK(contains(refused(header + "\"a,0,1,\n"), "the quote that opens here is never closed"));
  CHECK(contains(refused(header + std::string("a,0,\0,\n", 7)), "NUL"));
  std::filesystem::remove(csv);
  std::filesystem::create_directory(csv);
  CHECK(contains(message_of<FileError>([&] { run_experiments(scales, {.seeds = 1, .csv = csv}, number); }),
                 "is a directory"));
  CHECK(contains(message_of<FileError>([&] {
                   run_experiments(scales, {.seeds = 1, .csv = folder.path() / "none" / "runs.csv"}, number);
                 }),
                 "can't be created"));
}

TEST_CASE("settings are lines at the top of the CSV, and must be the same to go on with it") {
  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  int calls = 0;
  const auto run = [&](const ExperimentSettings& settings, int seeds) {
    return run_experiments(std::vector<Scale>{{"a", 1}},
                           {.seeds = seeds, .threads = 1, .csv = csv, .settings = settings},
                           [&](const Scale&, std::uint64_t seed) {
                             ++calls;
                             return static_cast<double>(seed) / 4;
                           });
  };
  const ExperimentSettings settings{{"epochs", "5"}, {"data", "moons: \"120\", noise é"}};
  const auto whole = run(settings, 3);
  const std::string text = text_of(csv);
  CHECK(text ==
        "# epochs: 5\n# data: moons: \"120\", noise é\nconfiguration,seed,result,failure\n"
        "a,0,0,\na,1,0.25,\na,2,0.5,\n");
  CHECK(calls == 3);
  // Cut off anywhere, in the settings too.
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    write(csv, text.substr(0, length));
    CHECK(same(run(settings, 3), whole));
    CHECK(text_of(csv) == text);
  }
  calls = 0;
  CHECK(same(run({settings[1], settings[0]}, 3), whole));  // the order says nothing
  CHECK(calls == 0);

  const auto refused = [&](const ExperimentSettings& other) {
    const std::string message = message_of<FileError>([&] { run(other, 3); });
    CHECK(text_of(csv) == text);
    CHECK(calls == 0);
    CHECK(message.rfind(csv.string() + ": ", 0) == 0);
    return message.substr(csv.string().size() + 2);
  };
  const std::string end = "; remove the file, or choose another";
  CHECK(refused({{"epochs", "6"}, settings[1]}) == "is of other settings: its 'epochs' is '5', expected '6'" + end);
  CHECK(refused({settings[0]}) ==
        "is of other settings: its 'data' is 'moons: \"120\", noise é', expected nothing" + end);
  CHECK(refused({settings[0], settings[1], {"width", "3"}}) ==
        "is of other settings: its 'width' is nothing, expected '3'" + end);
  CHECK(contains(refused({}), "its 'epochs' is '5', expected nothing"));
  write(csv, "configuration,seed,result,failure\na,0,0,\n");
  CHECK(contains(message_of<FileError>([&] { run(settings, 1); }), "its 'epochs' is nothing, expected '5'"));
  write(csv, "# epochs: 5\n# data: moons: \"120\", noise é\nconfiguration,seed,result,failure\na,0,0,\nb,0,1,\n");
  CHECK(contains(message_of<FileError>([&] { run(settings, 1); }), ": line 5, column 1 (\"configuration\"): is 'b'"));
  write(csv, "#epochs: 5\nconfiguration,seed,result,failure\n");
  CHECK(contains(message_of<FileError>([&] { run(settings, 1); }),
                 ": line 1: is '#epochs: 5', expected a setting, '# key: value'"));

  const auto error = [&](const ExperimentSettings& wrong) { return message_of([&] { run(wrong, 1); }); };
  CHECK(error({{"a:b", "1"}}) == "run_experiments: setting 'a:b' has a colon");
  CHECK(error({{"a", "1\n2"}}) == "run_experiments: setting 'a' has control characters, or is not UTF-8");
  CHECK(error({{"", "1"}}) == "run_experiments: setting 0 has an empty name");
  CHECK(error({{"a", "1"}, {"a", "2"}}) == "run_experiments: setting: two are called 'a'");
}

TEST_CASE("a figure that is optional may be left out; one that is not a number is still a failure") {
  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  const auto run = [&] {
    return run_experiments(std::vector<Scale>{{"a", 1}},
                           {.seeds = 4, .threads = 1, .figures = {{"x"}, {.name = "y", .optional = true}}, .csv = csv},
                           [](const Scale&, std::uint64_t seed) {
                             Pairs figures{{"x", 1}};
                             if (seed == 1) figures.emplace_back("y", std::numeric_limits<double>::quiet_NaN());
                             if (seed > 1) figures.emplace_back("y", static_cast<double>(seed));
                             return figures;
                           });
  };
  const auto report = run();
  CHECK(text_of(csv) == "configuration,seed,x,y,failure\na,0,1,,\na,1,,,y is nan\na,2,1,2,\na,3,1,3,\n");
  for (const auto& each : {report, run()}) {
    CHECK(each.summary("a", "x").runs == 3);
    CHECK(each.summary("a", "y").runs == 2);
    CHECK(each.summary("a", "y").failures == 1);
    CHECK(each.summary("a", "y").median == 2.5);
  }
}

TEST_CASE("the time left") {
  CHECK(detail::time_left(10, 4, 4).empty());
  CHECK(detail::time_left(0.1, 1, 4).empty());
  CHECK(detail::time_left(10, 1, 4) == "  about 30 s left");
  CHECK(detail::time_left(61, 2, 4) == "  about 61 s left");
  CHECK(detail::time_left(61, 1, 4) == "  about 4 min left");
  CHECK(detail::time_left(3600, 1, 3) == "  about 2 h left");
  CHECK(detail::time_left(3600, 2, 7) == "  about 2.5 h left");
  CHECK(detail::time_left(99.5, 1, 2) == "  about 100 s left");
  CHECK(detail::time_left(99.5 * 60, 1, 2) == "  about 100 min left");
  CHECK(detail::time_left(36000, 1, 12) == "  about 110 h left");
  CHECK(detail::time_left(3.6e9, 1, 2) == "  about 1000000 h left");
}

TEST_CASE("settings that can't work") {
  const auto error = [](const std::vector<Scale>& configurations, const ExperimentOptions& options) {
    return message_of([&] { run_experiments(configurations, options, number); });
  };
  CHECK(error(scales, {.seeds = 0}) == "run_experiments: seeds is 0, expected at least 1");
  CHECK(error(scales, {.threads = -1}) == "run_experiments: threads is -1, expected at least 0");
  CHECK(error({}, {}) == "run_experiments: configurations: there are none, expected at least one");
  CHECK(error({{"a", 1}, {"a", 2}}, {}) == "run_experiments: configuration: two are called 'a'");
  CHECK(error({{"", 1}}, {}) == "run_experiments: configuration 0 has an empty name");
  CHECK(error({{"a\nb", 1}}, {}) ==
        "run_experiments: configuration 0 has a name with control characters, or that is not UTF-8");
  CHECK(contains(error({{"a\xFF", 1}}, {}), "that is not UTF-8"));
  CHECK(error(scales, {.figures = {{"seed"}}}) == "run_experiments: figure: 'seed' is a column of the CSV already");
  CHECK(error(scales, {.figures = {}}) == "run_experiments: figures: there are none, expected at least one");
  CHECK(error(scales, {.figures = {{"a"}, {"a"}}}) == "run_experiments: figure: two are called 'a'");
}

TEST_CASE("a result of other figures ends it, as does a CSV that someone else changes") {
  const auto error = [](const std::vector<ExperimentFigure>& figures, const Pairs& result) {
    return message_of([&] {
      run_experiments(scales, {.seeds = 3, .threads = 2, .figures = figures},
                      [&](const Scale&, std::uint64_t) { return result; });
    });
  };
  const std::string begin = "run_experiments: a run returned ";
  CHECK(error({{"a"}, {"b"}}, {{"a", 1}}) == begin + "no 'b', expected the figures 'a', 'b'");
  CHECK(error({{"a"}}, {{"a", 1}, {"c", 1}}) == begin + "'c' too, expected the figures 'a'");
  CHECK(error({{"a"}}, {{"a", 1}, {"a", 1}}) == begin + "'a' twice, expected the figures 'a'");
  CHECK(error({{"a"}}, {}) == begin + "no 'a', expected the figures 'a'");
  CHECK(message_of([&] { run_experiments(scales, {.figures = {{"a"}, {"b"}}}, number); }) ==
        begin + "one number, expected the figures 'a', 'b'");

  const TemporaryFolder folder;
  const auto csv = folder.path() / "runs.csv";
  int calls = 0;
  CHECK(contains(message_of<FileError>([&] {
                   run_experiments(scales, {.seeds = 5, .threads = 1, .csv = csv}, [&](const Scale&, std::uint64_t) {
                     if (++calls == 2) std::ofstream(csv, std::ios::app) << "mine";
                     return 1;
                   });
                 }),
                 "someone else writes to it"));
  CHECK(calls == 2);
}

#if !defined(_WIN32)
TEST_CASE("progress: a line on stderr for each run") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "stderr";
  std::fflush(stderr);
  const int before = ::dup(2);
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(::dup2(::fileno(file), 2) == 2);
  for (const bool progress : {false, true})
    run_experiments(scales, {.seeds = 2, .threads = 1, .figures = {{"a b"}, {"c"}}, .progress = progress},
                    [](const Scale& scale, std::uint64_t seed) {
                      if (scale.factor > 1) throw Error("lost");
                      return Pairs{{"a b", 1.0 / 3}, {"c", static_cast<double>(seed)}};
                    });
  std::fflush(stderr);
  ::dup2(before, 2);
  ::close(before);
  std::fclose(file);
  CHECK(text_of(path) ==
        "run 1/4  small  seed 0  a b 0.3333  c 0\nrun 2/4  small  seed 1  a b 0.3333  c 1\n"
        "run 3/4  large, \"very\"  seed 0  failed: lost\nrun 4/4  large, \"very\"  seed 1  failed: lost\n");
}
#endif

TEST_CASE("the BLAS has one thread while runs are made, and its own number afterwards") {
  if constexpr (can_set_threads<>) {
    const ThreadsScope two(2);
    std::atomic<int> most{0};
    run_experiments(scales, {.seeds = 2, .threads = 2}, [&](const Scale&, std::uint64_t) {
      most = (std::max)(most.load(), threads());
      return 1;
    });
    CHECK(most.load() == 1);
    CHECK(threads() == 2);
    CHECK_THROWS_AS(run_experiments(scales, {.seeds = 2, .threads = 2, .figures = {{"a"}, {"b"}}}, number), Error);
    CHECK(threads() == 2);
  }
}
