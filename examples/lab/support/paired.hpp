// SPDX-License-Identifier: MIT
// One configuration against another, seed by seed: what differs from seed to seed in both alike doesn't count.
#pragma once

#include "results.hpp"
#include "text.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lab {

/// A number of each run of a configuration.
using BySeed = std::map<std::uint64_t, double>;

/// A figure of the runs that gave it; of none, if none did.
inline BySeed by_seed(const Results& results, std::string_view configuration, std::string_view figure) {
  const auto all = results.seeds_and_values(configuration, figure);
  return {all.begin(), all.end()};
}

/// f(one, other) for the seeds that both have.
template <class F>
BySeed paired(const BySeed& one, const BySeed& other, const F& f) {
  BySeed all;
  for (const auto& [seed, value] : one)
    if (const auto found = other.find(seed); found != other.end()) all.emplace(seed, f(value, found->second));
  return all;
}

inline Quartiles quartiles_of(const BySeed& numbers) {
  std::vector<double> values;
  for (const auto& [seed, value] : numbers) values.push_back(value);
  return quartiles_of(std::move(values));
}

/// One minus other, over the seeds.
struct Comparison {
  Quartiles difference;
  std::size_t seeds;

  /// Whether one is: not only the median, three quarters of the seeds say so.
  bool lower() const { return difference.upper < 0; }
  std::string evidence() const {
    return text("by seed the difference is ", number(difference.median, 3), " (", number(difference.lower, 3), " to ",
                number(difference.upper, 3), ", ", seeds, " seeds)");
  }
};

/// Of differences by seed. Throws evomlp::Error for fewer than two: one says nothing of what chance does.
inline Comparison comparison_of(const BySeed& differences) {
  if (differences.size() < 2)
    throw evomlp::Error(
        text("to compare by seed takes two seeds that have both numbers, here are ", differences.size()));
  return {quartiles_of(differences), differences.size()};
}

inline Comparison compare(const BySeed& one, const BySeed& other) {
  return comparison_of(paired(one, other, std::minus<>()));
}

/// Of a curve ("figure@NUMBER"): each seed's mean difference over the points that both of its runs have.
inline Comparison compare_along(const Results& results, std::string_view one, std::string_view other,
                                const std::string& curve) {
  BySeed sums, points;
  for (const std::string& name : results.figures()) {
    if (!name.starts_with(curve + '@')) continue;
    for (const auto& [seed, difference] :
         paired(by_seed(results, one, name), by_seed(results, other, name), std::minus<>())) {
      sums[seed] += difference;
      ++points[seed];
    }
  }
  return comparison_of(paired(sums, points, std::divides<>()));
}

/// What to add to the evidence of a claim on these configurations: ", 2 of 10 runs of plain failed", or nothing.
inline std::string failed(const Results& results, std::initializer_list<std::string> configurations) {
  std::string all;
  for (const std::string& one : configurations) {
    const auto runs = std::count_if(results.runs().begin(), results.runs().end(),
                                    [&](const evomlp::ExperimentRun& run) { return run.configuration == one; });
    if (const int failures = results.failures(one); failures > 0)
      all += text(", ", failures, " of ", runs, " runs of ", one, " failed");
  }
  return all;
}

}  // namespace lab
