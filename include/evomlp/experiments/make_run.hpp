// SPDX-License-Identifier: MIT
// One run of an experiment: its figures, or why it failed.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/experiments/experiment_report.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// A text for one line of a file, whatever it was: control characters and what is not UTF-8 become spaces and
/// question marks.
inline std::string in_one_line(std::string text) {
  const bool readable = is_utf8(text);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    if (static_cast<unsigned char>(c) >= 0x80 && !readable) c = '?';
  }
  return text;
}

/// A run's result in the order of `figures`, nullopt for what it left out. Throws Error if these are others.
std::vector<std::optional<double>> figures_of(const auto& result, const std::vector<ExperimentFigure>& figures) {
  const auto require = [&](bool holds, const std::string& got) {
    if (holds) return;
    std::string expected;
    for (const ExperimentFigure& figure : figures)
      expected += concat({expected.empty() ? "'" : ", '", figure.name, "'"});
    throw Error(concat({"run_experiments: a run returned ", got, ", expected the figures ", expected}));
  };
  if constexpr (std::convertible_to<decltype(result), double>) {
    require(figures.size() == 1, "one number");
    return {static_cast<double>(result)};
  } else {
    std::map<std::string, double> by_name;
    for (const auto& [name, value] : result)
      require(by_name.emplace(name, value).second, concat({"'", name, "' twice"}));
    std::vector<std::optional<double>> values;
    for (const ExperimentFigure& figure : figures) {
      const auto at = by_name.find(figure.name);
      require(at != by_name.end() || figure.optional, concat({"no '", figure.name, "'"}));
      values.push_back(at != by_name.end() ? std::optional(at->second) : std::nullopt);
      by_name.erase(figure.name);
    }
    require(by_name.empty(), by_name.empty() ? "" : concat({"'", by_name.begin()->first, "' too"}));
    return values;
  }
}

/// `result()` is the run; what it returns or throws goes to `to`.
void make_run(ExperimentRun& to, const std::vector<ExperimentFigure>& figures, auto result) {
  std::optional<decltype(result())> returned;
  try {
    returned.emplace(result());
  } catch (const std::exception& error) {
    to.failure = in_one_line(error.what());
    if (to.failure.empty()) to.failure = "an exception without a message";
  } catch (...) {
    to.failure = "an exception that is no std::exception";
  }
  if (!returned) return;
  const auto values = figures_of(*returned, figures);
  for (std::size_t i = 0; i < values.size() && to.failure.empty(); ++i) {
    to.figures.push_back(values[i].value_or(ExperimentSummary::none));
    if (values[i] && !portable::is_finite(*values[i])) to.failure = concat({figures[i].name, " is ", *values[i]});
  }
  if (!to.failure.empty()) to.figures.clear();
}

}  // namespace evomlp::detail
