// SPDX-License-Identifier: MIT
// Many runs at once: each configuration with several seeds, on all cores.
#pragma once

#include "evomlp/core/communicator.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/duration_text.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/experiments/experiment_file.hpp"
#include "evomlp/experiments/experiment_report.hpp"
#include "evomlp/experiments/in_parallel.hpp"
#include "evomlp/experiments/make_run.hpp"
#include "evomlp/experiments/shared_runs.hpp"
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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

struct ExperimentOptions {
  int seeds = 10;  ///< of each configuration: first_seed, first_seed + 1, ...
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

template <class = WhereCalled>
void require_names(const char* what, const std::vector<std::string>& names) {
  const std::string place = concat({"run_experiments: ", what});
  if (names.empty()) throw Error(place + "s: there are none, expected at least one");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw Error(concat({place, " ", i, " has an empty name"}));
    if (in_one_line(names[i]) != names[i])
      throw Error(concat({place, " ", i, " has a name with control characters, or that is not UTF-8"}));
    if (std::count(names.begin(), names.end(), names[i]) > 1)
      throw Error(concat({place, ": two are called '", names[i], "'"}));
  }
}

template <class = WhereCalled>
void require_settings(const ExperimentSettings& settings) {
  if (settings.empty()) return;
  std::vector<std::string> keys;
  for (const auto& [key, value] : settings) {
    if (key.find(':') != std::string::npos) throw Error(concat({"run_experiments: setting '", key, "' has a colon"}));
    if (in_one_line(value) != value)
      throw Error(concat({"run_experiments: setting '", key, "' has control characters, or is not UTF-8"}));
    keys.push_back(key);
  }
  require_names("setting", keys);
}

/// "  about 3 min left", by the speed so far; nothing where that is less than a second.
inline std::string time_left(double seconds_so_far, std::size_t done, std::size_t of) {
  const double left = seconds_so_far / static_cast<double>(done) * static_cast<double>(of - done);
  if (left < 1) return "";
  return concat({"  about ", duration_text(left), " left"});
}

/// A line on stderr, counted from 1, with the first figures.
template <class = WhereCalled>
void print_progress(const ExperimentRun& run, std::size_t number, std::size_t of,
                    const std::vector<ExperimentFigure>& figures, const std::string& left) {
  std::string line = concat({"run ", number, "/", of, "  ", run.configuration, "  seed ", run.seed});
  if (!run.failure.empty()) line += "  failed: " + run.failure;
  int room = 4;
  for (std::size_t i = 0; i < run.figures.size() && room > 0; ++i) {
    if (!portable::is_finite(run.figures[i])) continue;  // left out
    line += concat({"  ", figures[i].name, " ", number_text(run.figures[i], 4)});
    --room;
  }
  std::fprintf(stderr, "%s%s\n", line.c_str(), left.c_str());
}

template <class Isa, class Configuration, class Run>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options,
                                 const Run& run, auto& processes) {
  constexpr bool has_name = requires(const Configuration& c) {
    { c.name } -> std::convertible_to<std::string_view>;
  };
  static_assert(has_name,
                "evomlp: a configuration of run_experiments needs a name: struct Depth { std::string name; "
                "int layers; }");
  if (options.seeds < 1) throw Error(concat({"run_experiments: seeds is ", options.seeds, ", expected at least 1"}));
  if (options.threads < 0)
    throw Error(concat({"run_experiments: threads is ", options.threads, ", expected at least 0"}));
  std::vector<std::string> names, figure_names;
  for (const Configuration& one : configurations) names.emplace_back(one.name);
  for (const ExperimentFigure& figure : options.figures) figure_names.push_back(figure.name);
  require_names("configuration", names);
  require_names("figure", figure_names);
  for (const std::string& column : experiment_columns())
    if (std::count(figure_names.begin(), figure_names.end(), column) > 0)
      throw Error(concat({"run_experiments: figure: '", column, "' is a column of the CSV already"}));

  require_settings(options.settings);

  const auto seeds = static_cast<std::size_t>(options.seeds);
  SharedRuns runs(processes, names, seeds, options.first_seed, options.figures);
  // Of several processes the first alone has the file, and prints.
  const bool is_first = processes.rank() == 0, is_alone = processes.size() == 1;
  std::unique_ptr<ExperimentFile> file;  // no optional: its emplace is constexpr, so compiled without a call of this
  if (!options.csv.empty() && is_first)
    file = std::make_unique<ExperimentFile>(options.csv, names, options.figures, options.settings);
  runs.take(file ? file->runs() : std::vector<ExperimentRun>());
  const std::vector<std::size_t> pending = runs.pending();
  {
    std::optional<ThreadsScope<Isa>> one_blas_thread;
    if constexpr (can_set_threads<Isa>) one_blas_thread.emplace(1);
    const auto begin = std::chrono::steady_clock::now();
    std::size_t done = 0;
    const auto ended = [&](std::size_t i) {
      if (file) file->append(runs.all[i]);
      ++done;
      if (!options.progress || !is_first) return;
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
      const std::string left = time_left(seconds.count(), done, pending.size());
      print_progress(runs.all[i], done, pending.size(), options.figures, left);
    };
    // Several processes tell each other after every round.
    const std::size_t round = is_alone ? pending.size() : runs_at_a_time(processes, options.threads);
    for (std::size_t first = 0; first < pending.size(); first += round) {
      const std::vector<std::size_t> own = runs.own(pending, first, round);
      in_parallel(
          own.size(), options.threads,
          [&](std::size_t k) {
            ExperimentRun& one = runs.all[own[k]];
            const Configuration& configuration = configurations[own[k] / seeds];
            make_run(one, options.figures, [&] { return run(configuration, one.seed); });
          },
          [&](std::size_t k) { ended(own[k]); });
      if (is_alone) break;
      std::vector<ExperimentRun> made;
      for (const std::size_t i : own) made.push_back(runs.all[i]);
      for (const std::size_t i : runs.take(std::move(made))) ended(i);
    }
  }

  ExperimentReport report;
  report.runs = std::move(runs.all);
  for (std::size_t c = 0; c < names.size(); ++c)
    for (std::size_t i = 0; i < options.figures.size(); ++i)
      report.summaries.push_back(summary_of(std::span(report.runs).subspan(c * seeds, seeds), options.figures[i], i));
  return report;
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
  detail::Alone alone;
  return detail::run_experiments<Isa>(configurations, options, run, alone);
}

/// The same on several processes, each of which calls it alike: `run_experiments(configurations, options, run, mpi)`. The
/// runs are dealt out among them round by round, in each as many as they have threads together; the first process has the
/// CSV, to which the runs of the others come at the end of a round, and prints. All return the whole report, and it is
/// the same for any number of processes.
template <class Configuration, class Run, Communicator C, class Isa = isa::ThisTarget>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options,
                                 const Run& run, C& processes) {
  constexpr bool all_throw = false;
  return detail::together(processes, all_throw,
                          [&] { return detail::run_experiments<Isa>(configurations, options, run, processes); });
}

/// The same for configurations that run themselves, as those of for_each_net: calls `configuration(seed)`.
template <class Configuration>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options) {
  return run_experiments(configurations, options,
                         [](const Configuration& one, std::uint64_t seed) { return one(seed); });
}

template <class Configuration, Communicator C>
ExperimentReport run_experiments(const std::vector<Configuration>& configurations, const ExperimentOptions& options,
                                 C& processes) {
  return run_experiments(
      configurations, options, [](const Configuration& one, std::uint64_t seed) { return one(seed); }, processes);
}

}  // namespace evomlp
