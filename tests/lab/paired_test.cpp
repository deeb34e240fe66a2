// SPDX-License-Identifier: MIT
// One configuration against another, seed by seed (examples/lab/support/paired.hpp).
#include "../../examples/lab/support/paired.hpp"

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <string>

using evomlp_test::contains;
using evomlp_test::message_of;

namespace {

lab::Results results_of(const TemporaryFolder& folder, const std::string& rows) {
  const auto path = folder.path() / "runs.csv";
  std::ofstream(path) << "configuration,seed,loss,change@1,change@2,failure\n" << rows;
  return lab::Results(path);
}

}  // namespace

TEST_CASE("paired: seeds that differ more than the configurations do don't hide which is lower") {
  const TemporaryFolder folder;
  const lab::Results results = results_of(
      folder, "a,0,1,,,\na,1,10,,,\na,2,100,,,\nb,2,101,,,\nb,1,12,,,\nb,0,2,,,\nb,7,0,,,\nc,0,3,,,\nc,1,9,,,\n");
  const lab::BySeed a = lab::by_seed(results, "a", "loss"), b = lab::by_seed(results, "b", "loss"),
                    c = lab::by_seed(results, "c", "loss");
  CHECK(lab::paired(a, b, std::plus<double>()) == lab::BySeed{{0, 3}, {1, 22}, {2, 201}});

  const lab::Comparison ab = lab::compare(a, b);  // -1, -2, -1
  CHECK(ab.seeds == 3);
  CHECK(ab.lower());
  CHECK_FALSE(lab::compare(b, a).lower());
  CHECK(ab.evidence() == "by seed the difference is -1 (-1.5 to -1, 3 seeds)");

  const lab::Comparison ac = lab::compare(a, c);  // -2 and 1: the median is below 0, not three quarters
  CHECK(ac.difference.median == -0.5);
  CHECK_FALSE(ac.lower());
  CHECK_FALSE(lab::compare(a, a).lower());
  CHECK(
      contains(message_of([&] { lab::compare(a, {{0, 1}, {9, 1}}); }), "two seeds that have both numbers, here are 1"));
  CHECK(contains(message_of([&] { lab::by_seed(results, "d", "loss"); }), "has no configuration 'd'"));
}

TEST_CASE("paired: a curve by the points that both runs have, and the runs that failed") {
  const TemporaryFolder folder;
  const lab::Results results =
      results_of(folder, "a,0,,1,2,\na,1,,5,,\na,2,,,,lost\nb,0,,4,4,\nb,1,,6,100,\nb,2,,0,0,\n");
  const lab::Comparison along = lab::compare_along(results, "a", "b", "change");  // (-3 - 2) / 2 and -1
  CHECK(along.seeds == 2);
  CHECK(along.difference.lower == -2.125);
  CHECK(along.difference.upper == -1.375);
  CHECK(contains(message_of([&] { lab::compare_along(results, "a", "b", "chance"); }), "here are 0"));
  CHECK(lab::failed(results, {"b"}).empty());
  CHECK(lab::failed(results, {"b", "a"}) == ", 1 of 3 runs of a failed");
}
