// SPDX-License-Identifier: MIT
// Many runs at once: each configuration with several seeds, on all cores.
#pragma once

#include "evomlp/core/duration_text.hpp"
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
#include <array>
#include <chrono>
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
#include <utility>
#include <vector>

namespace evomlp {

struct ExperimentOptions {
  int seeds = 10;  ///< of each configuration: first_seed, first_seed + 1, …
  std::uint64_t first_seed = 0;
  int threads = 0;  ///< runs at a time; 0: as many as there are cores
  /// What a run returns; one called "result" unless told otherwise.
  std::vector<ExperimentFigure> figures{ExperimentFigure{}};
  std::filesystem::path csv{};  ///< the runs, as they end; what it has already is not run again
  /// What holds for all runs: lines `# key: value` at the top of the CSV, which must be the same to go on with it.
  ExperimentSettings settings{};
  bool progress = false;  ///< a line on stderr for each run, with the time left by the speed so far
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

template <class = WhereCalled>
void require_settings(const ExperimentSettings& settings) {
  if (settings.empty()) return;
  std::vector<std::string> keys;
  for (const auto& [key, value] : settings) {
    if (key.find(':') != std::string::npos) throw Error("run_experiments: setting '" + key + "' has a colon");
    if (in_one_line(value) != value)
      throw Error("run_experiments: setting '" + key + "' has control characters, or is not UTF-8");
    keys.push_back(key);
  }
  require_names("setting", keys);
}

/// A run's result in the order of `figures`, nullopt for what it left out. Throws Error if these are others.
std::vector<std::optional<double>> figures_of(const auto& result, const std::vector<ExperimentFigure>& figures) {
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
    std::vector<std::optional<double>> values;
    for (const ExperimentFigure& figure : figures) {
      const auto at = by_name.find(figure.name);
      require(at != by_name.end() || figure.optional, "no '" + figure.name + "'");
      values.push_back(at != by_name.end() ? std::optional(at->second) : std::nullopt);
      by_name.erase(figure.name);
    }
    require(by_name.empty(), by_name.empty() ? "" : "'" + by_name.begin()->first + "' too");
    return values;
  }
}

/// "  about 3 min left", by the speed so far; nothing where that is less than a second.
inline std::string time_left(double seconds_so_far, std::size_t done, std::size_t of) {
  const double left = seconds_so_far / static_cast<double>(done) * static_cast<double>(of - done);
  if (left < 1) return "";
  return "  about " + duration_text(left) + " left";
}

/// A line on stderr, counted from 1, with the first figures.
template <class = WhereCalled>
void print_progress(const ExperimentRun& run, std::size_t number, std::size_t of,
                    const std::vector<ExperimentFigure>& figures, const std::string& left) {
  std::string line = "run " + std::to_string(number) + "/" + std::to_string(of) + "  " + run.configuration + "  seed " +
                     std::to_string(run.seed);
  if (!run.failure.empty()) line += "  failed: " + run.failure;
  int room = 4;
  for (std::size_t i = 0; i < run.figures.size() && room > 0; ++i) {
    if (!portable::is_finite(run.figures[i])) continue;  // left out
    line += "  " + figures[i].name + " " + number_text(run.figures[i], 4);
    --room;
  }
  std::fprintf(stderr, "%s%s\n", line.c_str(), left.c_str());
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
/// A figure that is `optional` may be left out of a run's list: its cell in the CSV is empty, and it counts nowhere.
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
  constexpr bool has_name = requires(const Configuration& c) {
    { c.name } -> std::convertible_to<std::string_view>;
  };
  static_assert(has_name,
                "evomlp: a configuration of run_experiments needs a name: struct Depth { std::string name; "
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
  for (const std::string& column : detail::experiment_columns())
    if (std::count(figure_names.begin(), figure_names.end(), column) > 0)
      throw Error("run_experiments: figure: '" + column + "' is a column of the CSV already");

  detail::require_settings(options.settings);

  std::optional<detail::ExperimentFile> file;
  if (!options.csv.empty()) file.emplace(options.csv, names, options.figures, options.settings);

  const auto seeds = static_cast<std::size_t>(options.seeds);
  ExperimentReport report;
  report.runs.resize(configurations.size() * seeds);
  std::vector<ExperimentRun*> pending;
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    ExperimentRun& one = report.runs[i];
    one.configuration = names[i / seeds];
    one.seed = options.first_seed + i % seeds;
    if (const ExperimentRun* known = file ? file->find(one.configuration, one.seed) : nullptr)
      one = *known;
    else
      pending.push_back(&one);
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
      const auto figures = detail::figures_of(*result, options.figures);
      for (std::size_t i = 0; i < figures.size() && one.failure.empty(); ++i) {
        one.figures.push_back(figures[i].value_or(ExperimentSummary::none));
        if (figures[i] && !portable::is_finite(*figures[i]))
          one.failure = figure_names[i] + " is " + detail::number_text(*figures[i]);
      }
      if (!one.failure.empty()) one.figures.clear();
    };
    const auto begin = std::chrono::steady_clock::now();
    detail::in_parallel(pending.size(), options.threads, make, [&](std::size_t number) {
      if (file) file->append(*pending[number]);
      if (!options.progress) return;
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
      const std::string left = detail::time_left(seconds.count(), ++done, pending.size());
      detail::print_progress(*pending[number], done, pending.size(), options.figures, left);
    });
  }

  for (std::size_t c = 0; c < names.size(); ++c)
    for (std::size_t i = 0; i < options.figures.size(); ++i)
      report.summaries.push_back(
          detail::summary_of(std::span(report.runs).subspan(c * seeds, seeds), options.figures[i], i));
  return report;
}

/// The same for configurations that run themselves, as those of for_each_net: calls `configuration(seed)`.
template <class Configuration>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options) {
  return run_experiments(configurations, options,
                         [](const Configuration& one, std::uint64_t seed) { return one(seed); });
}

}  // namespace evomlp
