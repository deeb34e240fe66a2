// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/monitor.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

using namespace evomlp;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN(),
             infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("a figure improves on a worse one, on none, and by more than is asked for") {
  const Figure small{1, false}, large{1, true};
  CHECK(small.improves_on(std::nullopt));
  CHECK(small.improves_on(1.5));
  CHECK(!small.improves_on(1.0));
  CHECK(!small.improves_on(0.5));
  CHECK(large.improves_on(0.5));
  CHECK(!large.improves_on(1.0));
  CHECK(!large.improves_on(1.5));
  CHECK(small.improves_on(1.5, 0.25));
  CHECK(!small.improves_on(1.5, 0.5));  // by exactly as much isn't more
  CHECK(large.improves_on(0.5, 0.25));
  CHECK(!large.improves_on(0.5, 0.5));
  CHECK(Figure{-2, false}.improves_on(-1.0));
  CHECK(small.improves_on(std::nullopt, 100));
}

TEST_CASE("what isn't finite is never better, not even than nothing") {
  for (const bool larger : {false, true})
    for (const double bad : {not_a_number, infinity, -infinity}) {
      CHECK(!Figure{bad, larger}.improves_on(std::nullopt));
      CHECK(!Figure{bad, larger}.improves_on(1.0));
    }
}

TEST_CASE("the figure that is watched, and its sense") {
  const std::array<MetricValue, 2> metrics{{{"r2", 0.5, true}, {"rmse", 0.25, false}}};
  const EpochReport report{.loss = 3, .validation_loss = 2, .accuracy = 0.75, .metrics = metrics};
  const auto check = [&](const Monitor& monitor, double value, bool larger) {
    const auto figure = watched(report, monitor);
    REQUIRE(figure);
    CHECK(figure->value == value);
    CHECK(figure->larger_is_better == larger);
  };
  check(Monitor{}, 2, false);
  check(Monitor::validation_loss, 2, false);
  check(Monitor::validation_accuracy, 0.75, true);
  check(Monitor::training_loss, 3, false);
  check(Monitor::metric("r2"), 0.5, true);
  check(Monitor::metric("rmse"), 0.25, false);
}

TEST_CASE("a figure without a source is none") {
  const EpochReport report{.loss = 3};
  CHECK(!watched(report, Monitor::validation_loss));
  CHECK(!watched(report, Monitor::validation_accuracy));
  CHECK(!watched(report, Monitor::metric("r2")));
  CHECK(watched(report, Monitor::training_loss));
  const std::array<MetricValue, 1> metrics{{{"r2", 0.5, true}}};
  CHECK(!watched({.metrics = metrics}, Monitor::metric("r")));
  CHECK(!watched({.metrics = metrics}, Monitor::metric("")));
}

template <class Name>
concept NamesAMetric = requires(Name&& name) { evomlp::Monitor::metric(static_cast<Name&&>(name)); };
static_assert(NamesAMetric<const char (&)[5]> && NamesAMetric<std::string&> && NamesAMetric<std::string_view>);
static_assert(!NamesAMetric<std::string>, "its name would be gone before the monitor is used");
