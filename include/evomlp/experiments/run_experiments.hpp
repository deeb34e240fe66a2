// SPDX-License-Identifier: MIT
// Many runs at once: each configuration with several seeds, on all cores.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/experiments/experiment_file.hpp"
#include "evomlp/experiments/experiment_report.hpp"
#include "evomlp/experiments/in_parallel.hpp"
#include "evomlp/kernels/threads.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

struct ExperimentOptions {
  int seeds = 10;  ///< of each configuration: first_seed, first_seed + 1, …
  std::uint64_t first_seed = 0;
  int threads = 0;  ///< runs at a time; 0: as many as there are cores
  /// What a run returns; one called "result" unless told otherwise.
  std::vector<ExperimentFigure> figures{ExperimentFigure{}};
  std::filesystem::path csv{};  ///< the runs, as they end; what it has already is not run again
  bool progress = false;        ///< a line on stderr for each run
};

namespace detail {

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

template <class = WhereCalled>
void require_names(const char* what, const std::vector<std::string>& names) {
  const std::string place = std::string("run_experiments: ") + what;
  if (names.empty()) throw Error(place + "s: there are none, expected at least one");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw Error(place + " " + std::to_string(i) + " has an empty name");
    if (in_one_line(names[i]) != names[i])
      throw Error(place + " " + std::to_string(i) + " has a name with control characters, or that is not UTF-8");
    if (std::count(names.begin(), names.end(), names[i]) > 1)
      throw Error(place + ": two are called '" + names[i] + "'");
  }
}

/// A run's result as numbers in the order of `figures`. Throws Error if these are others.
std::vector<double> figures_of(const auto& result, const std::vector<ExperimentFigure>& figures) {
  const auto require = [&](bool holds, const std::string& got) {
    if (holds) return;
    std::string expected;
    for (const ExperimentFigure& figure : figures) expected += (expected.empty() ? "'" : ", '") + figure.name + "'";
    throw Error("run_experiments: a run returned " + got + ", expected the figures " + expected);
  };
  if constexpr (std::convertible_to<decltype(result), double>) {
    require(figures.size() == 1, "one number");
    return {static_cast<double>(result)};
  } else {
    std::map<std::string, double> by_name;
    for (const auto& [name, value] : result)
      require(by_name.emplace(name, value).second, "'" + std::string(name) + "' twice");
    std::vector<double> values;
    for (const ExperimentFigure& figure : figures) {
      const auto at = by_name.find(figure.name);
      require(at != by_name.end(), "no '" + figure.name + "'");
      values.push_back(at->second);
    }
    require(by_name.size() == values.size(), std::to_string(by_name.size()) + " figures");
    return values;
  }
}

/// A line on stderr, counted from 1.
template <class = WhereCalled>
void print_progress(const ExperimentRun& run, std::size_t number, std::size_t of,
                    const std::vector<ExperimentFigure>& figures) {
  std::string line = "run " + std::to_string(number) + "/" + std::to_string(of) + "  " + run.configuration + "  seed " +
                     std::to_string(run.seed);
  if (!run.failure.empty()) line += "  failed: " + run.failure;
  for (std::size_t i = 0; i < run.figures.size(); ++i)
    line += "  " + figures[i].name + " " + number_text(run.figures[i], 4);
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace detail

/// Calls `run(configuration, seed)` for each configuration and seed, in parallel, and sums up. A configuration is of
/// any type with a `name`; `run` returns a number or, with `.figures`, a list of pairs (name, number), and must bear
/// being called from several threads at a time: whatever it needs (model, options, random numbers) it makes itself,
/// from its two arguments. The report then doesn't depend on the number of threads or on which run ends first.
///
///     struct Depth { std::string name; int layers; };
///     const std::vector<Depth> depths{{"shallow", 2}, {"deep", 8}};
///     const auto report = run_experiments(depths, {.seeds = 5, .csv = "runs.csv"},
///                                         [](const Depth& one, std::uint64_t seed) { return accuracy(one, seed); });
///     report.print();
///
/// A run that throws, or whose figure isn't a finite number, is a failure: counted and named in the report, and no
/// obstacle to the others. With `.csv` each run is a line of that file as soon as it has ended, failures too; called
/// again, only the runs that aren't there are made. To repeat one, remove its line.
///
/// The BLAS uses one thread for as long as this runs, where that can be set (`can_set_threads`): the cores are taken by
/// the runs.
///
/// Throws Error for settings that can't work and for a result of other figures, FileError for a CSV that can't be
/// written or is of another experiment. Runs that have begun end first.
template <class Configuration, class Run, class Isa = isa::ThisTarget>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options,
                                 const Run& run) {
  constexpr bool has_name = requires(const Configuration& c) { { c.name } -> std::convertible_to<std::string_view>; };
  static_assert(has_name, "evomlp: a configuration of run_experiments needs a name: struct Depth { std::string name; "
                          "int layers; }");
  if (options.seeds < 1)
    throw Error("run_experiments: seeds is " + std::to_string(options.seeds) + ", expected at least 1");
  if (options.threads < 0)
    throw Error("run_experiments: threads is " + std::to_string(options.threads) + ", expected at least 0");
  std::vector<std::string> names, figure_names;
  for (const Configuration& one : configurations) names.emplace_back(one.name);
  for (const ExperimentFigure& figure : options.figures) figure_names.push_back(figure.name);
  detail::require_names("configuration", names);
  detail::require_names("figure", figure_names);
  for (const std::string& column : detail::ExperimentFile::fixed_columns())
    if (std::count(figure_names.begin(), figure_names.end(), column) > 0)
      throw Error("run_experiments: figure: '" + column + "' is a column of the CSV already");

  std::optional<detail::ExperimentFile> file;
  if (!options.csv.empty()) file.emplace(options.csv, names, options.figures);

  const auto seeds = static_cast<std::size_t>(options.seeds);
  ExperimentReport report;
  report.runs.resize(configurations.size() * seeds);
  std::vector<ExperimentRun*> pending;
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    ExperimentRun& one = report.runs[i];
    one.configuration = names[i / seeds];
    one.seed = options.first_seed + i % seeds;
    if (const ExperimentRun* known = file ? file->find(one.configuration, one.seed) : nullptr) one = *known;
    else pending.push_back(&one);
  }

  {
    std::optional<ThreadsScope<Isa>> one_blas_thread;
    if constexpr (can_set_threads<Isa>) one_blas_thread.emplace(1);
    std::size_t done = 0;
    const auto make = [&](std::size_t number) {
      ExperimentRun& one = *pending[number];
      const auto configuration = static_cast<std::size_t>(&one - report.runs.data()) / seeds;
      std::optional<std::invoke_result_t<const Run&, const Configuration&, std::uint64_t>> result;
      try {
        result.emplace(run(configurations[configuration], one.seed));
      } catch (const std::exception& error) {
        one.failure = detail::in_one_line(error.what());
        if (one.failure.empty()) one.failure = "an exception without a message";
      } catch (...) {
        one.failure = "an exception that is no std::exception";
      }
      if (!result) return;
      one.figures = detail::figures_of(*result, options.figures);
      const auto bad = std::find_if_not(one.figures.begin(), one.figures.end(), portable::is_finite<double>);
      if (bad == one.figures.end()) return;
      const auto figure = static_cast<std::size_t>(bad - one.figures.begin());
      one.failure = figure_names[figure] + " is " + detail::number_text(*bad);
      one.figures.clear();
    };
    detail::in_parallel(pending.size(), options.threads, make, [&](std::size_t number) {
      if (file) file->append(*pending[number]);
      if (options.progress) detail::print_progress(*pending[number], ++done, pending.size(), options.figures);
    });
  }

  for (std::size_t c = 0; c < names.size(); ++c)
    for (std::size_t i = 0; i < options.figures.size(); ++i)
      report.summaries.push_back(
          detail::summary_of(std::span(report.runs).subspan(c * seeds, seeds), options.figures[i], i));
  return report;
}

}  // namespace evomlp
