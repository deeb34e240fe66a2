// SPDX-License-Identifier: MIT
// The runs of an experiment, shared among processes.
#pragma once

#include "evomlp/core/communicator.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/experiments/experiment_file.hpp"
#include "evomlp/experiments/experiment_report.hpp"
#include "evomlp/experiments/read_experiments.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Throws Error, in all processes, where two were asked for different runs.
template <class = WhereCalled>
void require_same_plan(auto& processes, const std::vector<ExperimentRun>& runs,
                       const std::vector<ExperimentFigure>& figures) {
  std::string plan = experiment_header(figures);
  for (const ExperimentRun& run : runs) plan += concat({run.configuration, ",", run.seed, "\n"});
  if (const std::size_t rank = first_that_differs(processes.exchange(plan)); rank > 0)
    throw Error(concat({"run_experiments: rank ", rank, " has other configurations, seeds or figures than rank 0"}));
}

/// All runs that the processes have, from those that each has. As CSV, in which numbers keep their bits.
template <class = WhereCalled>
std::vector<ExperimentRun> shared_runs(auto& processes, const std::vector<ExperimentRun>& own,
                                       const std::vector<ExperimentFigure>& figures) {
  std::string lines;
  for (const ExperimentRun& run : own) lines += experiment_line(run, figures.size());
  std::string all;
  for (const std::string& one : processes.exchange(lines)) all += one;
  if (all.empty()) return {};
  const std::string source = "run_experiments: the runs of all processes";
  const Table table = experiment_table(experiment_header(figures) + all, SettingLines("", source), source);
  return experiment_runs(table, [](std::size_t) { return true; });
}

/// All runs of an experiment: which are made, by this process, by others, or by an earlier program that wrote the CSV.
template <class Processes>
class SharedRuns {
 public:
  SharedRuns(Processes& processes, const std::vector<std::string>& configurations, std::size_t seeds,
             std::uint64_t first_seed, const std::vector<ExperimentFigure>& figures)
      : processes_(processes), figures_(figures) {
    for (std::size_t i = 0; i < configurations.size() * seeds; ++i) {
      all.push_back({.configuration = configurations[i / seeds], .seed = first_seed + i % seeds});
      numbers_.emplace(std::pair(all[i].configuration, all[i].seed), i);
    }
    if (processes.size() > 1) require_same_plan(processes, all, figures);
  }

  /// Takes what is made, and what the other processes hand in here; those that were not known, by number.
  std::vector<std::size_t> take(std::vector<ExperimentRun> made) {
    if (processes_.size() > 1) made = shared_runs(processes_, made, figures_);
    std::vector<std::size_t> news;
    for (ExperimentRun& one : made) {
      const auto at = numbers_.find({one.configuration, one.seed});
      if (at == numbers_.end() || is_made(at->second)) continue;
      all[at->second] = std::move(one);
      news.push_back(at->second);
    }
    return news;
  }

  std::vector<std::size_t> pending() const {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!is_made(i)) numbers.push_back(i);
    return numbers;
  }

  /// Of the pending runs from number `first` on, those that this process makes in a round: dealt out like cards.
  std::vector<std::size_t> own(const std::vector<std::size_t>& pending, std::size_t first, std::size_t round) const {
    const auto rank = static_cast<std::size_t>(processes_.rank()), ranks = static_cast<std::size_t>(processes_.size());
    std::vector<std::size_t> numbers;
    for (std::size_t i = first + rank; i < (std::min)(first + round, pending.size()); i += ranks)
      numbers.push_back(pending[i]);
    return numbers;
  }

  std::vector<ExperimentRun> all{};

 private:
  bool is_made(std::size_t i) const { return !all[i].figures.empty() || !all[i].failure.empty(); }

  Processes& processes_;
  const std::vector<ExperimentFigure>& figures_;
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> numbers_;  // of configuration and seed
};

/// Runs that all processes make at a time, with so many threads in this one (0: as many as it has cores).
std::size_t runs_at_a_time(auto& processes, int threads) {
  double all = threads > 0 ? threads : (std::max)(1.0, static_cast<double>(std::thread::hardware_concurrency()));
  processes.sum(std::span<double>(&all, 1));
  return static_cast<std::size_t>(all);
}

}  // namespace evomlp::detail
