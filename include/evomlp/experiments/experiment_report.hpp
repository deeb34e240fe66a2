// SPDX-License-Identifier: MIT
// What many runs show together: never the best of them alone.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/quantile.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// What a run results in: its name, and which end of the scale is the worst.
struct ExperimentFigure {
  std::string name = "result";
  bool larger_is_better = true;
  bool optional = false;  ///< a run may leave it out: the gradient of layer 30 in a network of 10
};

/// What holds for all runs of an experiment, as text: pairs (key, value).
using ExperimentSettings = std::vector<std::pair<std::string, std::string>>;

/// One configuration with one seed.
struct ExperimentRun {
  std::string configuration{};
  std::uint64_t seed = 0;
  std::vector<double> figures{};  ///< in the order of the options' figures, NaN for one left out; none if it failed
  std::string failure{};          ///< why it failed; empty if it didn't
};

/// A figure of a configuration, over the seeds of the runs that gave it; NaN where none did.
struct ExperimentSummary {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  std::string configuration{}, figure{};
  int runs = 0, failures = 0;                                          ///< that gave the figure, that failed
  double lower_quartile = none, median = none, upper_quartile = none;  ///< as `quantile` has them
  double worst = none, best = none;
};

namespace detail {

template <class = WhereCalled>
ExperimentSummary summary_of(std::span<const ExperimentRun> runs, const ExperimentFigure& figure, std::size_t index) {
  ExperimentSummary summary{.configuration = runs.front().configuration, .figure = figure.name};
  std::vector<double> sorted;
  for (const ExperimentRun& run : runs) {
    if (!run.failure.empty())
      ++summary.failures;
    else if (portable::is_finite(run.figures[index]))
      sorted.push_back(run.figures[index]);
  }
  if (sorted.empty()) return summary;
  std::sort(sorted.begin(), sorted.end());
  summary.runs = static_cast<int>(sorted.size());
  summary.lower_quartile = quantile(sorted, 0.25);
  summary.median = quantile(sorted, 0.5);
  summary.upper_quartile = quantile(sorted, 0.75);
  summary.worst = figure.larger_is_better ? sorted.front() : sorted.back();
  summary.best = figure.larger_is_better ? sorted.back() : sorted.front();
  return summary;
}

}  // namespace detail

/// What run_experiments returns.
struct ExperimentReport {
  std::vector<ExperimentRun> runs{};           ///< configuration by configuration, seed by seed
  std::vector<ExperimentSummary> summaries{};  ///< configuration by configuration, figure by figure

  /// Throws Error for names that aren't there.
  const ExperimentSummary& summary(std::string_view configuration, std::string_view figure = "result") const {
    for (const ExperimentSummary& one : summaries)
      if (one.configuration == configuration && one.figure == figure) return one;
    throw Error(
        detail::concat({"ExperimentReport: no configuration '", configuration, "' with a figure '", figure, "'"}));
  }

  /// A line for each configuration and figure, numbers with four significant digits.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    TextTable table({"configuration", "figure", "runs", "failures", "worst", "25 %", "median", "75 %", "best"}, 2);
    for (const ExperimentSummary& one : summaries) table.add(row(one, 4));
    return table.text();
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// The same as CSV: configuration, figure, runs, failures, worst, lower_quartile, median, upper_quartile, best;
  /// numbers in their shortest exact form. Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    TextTable table(
        {"configuration", "figure", "runs", "failures", "worst", "lower_quartile", "median", "upper_quartile", "best"},
        0);
    for (const ExperimentSummary& one : summaries) table.add(row(one, 0));
    write_file(path, table.csv());
  }

 private:
  static std::vector<std::string> row(const ExperimentSummary& one, int digits) {
    const auto number = [&](double value) { return detail::number_text(value, digits); };
    return {one.configuration,        one.figure,
            std::to_string(one.runs), std::to_string(one.failures),
            number(one.worst),        number(one.lower_quartile),
            number(one.median),       number(one.upper_quartile),
            number(one.best)};
  }
};

}  // namespace evomlp
