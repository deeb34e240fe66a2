// SPDX-License-Identifier: MIT
// labels: thread
// run_experiments on several processes (threads stand for them): each run once, and the report of one process.
#include "evomlp/experiments/shared_runs.hpp"

#include "evomlp/experiments/run_experiments.hpp"
#include "support/temporary_folder.hpp"
#include "support/thread_team.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::in_team;
using evomlp_test::ThreadTeam;

namespace {

struct Scale {
  std::string name;
  double factor;
};
const std::vector<Scale> scales{{"a third", 1. / 3}, {"e, \"quoted\"", 2.718281828459045}, {"bad", 0}};

double run_of(const Scale& scale, std::uint64_t seed) {
  if (scale.factor == 0 && seed == 3) throw std::runtime_error("no, \"not\" 3");
  return scale.factor * static_cast<double>(seed);
}

void check_same(const ExperimentReport& a, const ExperimentReport& b) {
  REQUIRE(a.runs.size() == b.runs.size());
  for (std::size_t i = 0; i < a.runs.size(); ++i) {
    CHECK(a.runs[i].configuration == b.runs[i].configuration);
    CHECK(a.runs[i].seed == b.runs[i].seed);
    CHECK(a.runs[i].figures == b.runs[i].figures);  // to the last bit
    CHECK(a.runs[i].failure == b.runs[i].failure);
  }
}

}  // namespace

TEST_CASE("any number of processes: each run once, the same report in all") {
  const auto alone = run_experiments(scales, {.seeds = 5}, run_of);
  CHECK(alone.runs[13].failure == "no, \"not\" 3");
  for (const int size : {1, 2, 3, 7})
    for (const int threads : {1, 3}) {
      CAPTURE(size);
      CAPTURE(threads);
      std::atomic<int> runs = 0;
      const auto reports = in_team(size, [&](ThreadTeam& team) {
        return run_experiments(
            scales, {.seeds = 5, .threads = threads},
            [&](const Scale& scale, std::uint64_t seed) {
              ++runs;
              return run_of(scale, seed);
            },
            team);
      });
      CHECK(runs == 15);
      for (const ExperimentReport& one : reports) check_same(one, alone);
    }
}

TEST_CASE("the first process has the file, from which any number of them go on") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "runs.csv";
  const auto of = [&](int size, int seeds, std::array<std::atomic<int>, 3>& runs) {
    return in_team(size, [&](ThreadTeam& team) {
      const ExperimentOptions options{
          .seeds = seeds, .threads = 1, .csv = team.rank() == 0 ? path : folder.path() / "none" / "of these"};
      return run_experiments(
          scales, options,
          [&](const Scale& scale, std::uint64_t seed) {
            ++runs[static_cast<std::size_t>(team.rank())];
            return run_of(scale, seed);
          },
          team);
    });
  };
  std::array<std::atomic<int>, 3> first{}, then{}, last{};
  of(2, 2, first);
  CHECK(first[0] == 3);
  CHECK(first[1] == 3);
  const auto reports = of(3, 5, then);
  CHECK(then[0] + then[1] + then[2] == 9);
  CHECK(then[2] == 3);
  check_same(reports[2], run_experiments(scales, {.seeds = 5}, run_of));
  const auto written = read_experiments(path);
  CHECK(written.runs.size() == 15);
  of(1, 5, last);
  CHECK(last[0] == 0);
}

TEST_CASE("configurations that run themselves") {
  struct Square {
    std::string name;
    double operator()(std::uint64_t seed) const { return static_cast<double>(seed * seed); }
  };
  const std::vector<Square> one{{"square"}};
  const auto reports = in_team(2, [&](ThreadTeam& team) { return run_experiments(one, {.seeds = 3}, team); });
  check_same(reports[1], run_experiments(one, {.seeds = 3}));
}

TEST_CASE("processes that were asked for different runs, or of which one can't go on, all throw") {
  std::vector<std::string> errors;
  in_team(
      2, [](ThreadTeam& team) { return run_experiments(scales, {.seeds = 2 + team.rank()}, run_of, team); }, &errors);
  CHECK(errors ==
        std::vector<std::string>(2, "run_experiments: rank 1 has other configurations, seeds or figures than rank 0"));
  errors.clear();
  in_team(
      2,
      [](ThreadTeam& team) {
        return run_experiments(scales, {.seeds = 2, .threads = team.rank() - 1 < 0 ? -1 : 1}, run_of, team);
      },
      &errors);
  CHECK(errors ==
        std::vector<std::string>{"run_experiments: threads is -1, expected at least 0",
                                 "rank 0 of 2 has left: run_experiments: threads is -1, expected at least 0"});
}
