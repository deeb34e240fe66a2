// SPDX-License-Identifier: MIT
// The runs of an experiment, shared among processes.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/experiments/experiment_file.hpp"
#include "evomlp/experiments/experiment_report.hpp"
#include "evomlp/experiments/read_experiments.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace evomlp::detail {

/// Throws Error, in all processes, where two were asked for different runs.
template <class = WhereCalled>
void require_same_plan(auto& processes, const std::vector<ExperimentRun>& runs,
                       const std::vector<ExperimentFigure>& figures) {
  std::string plan = experiment_header(figures);
  for (const ExperimentRun& run : runs) plan += run.configuration + "," + std::to_string(run.seed) + "\n";
  const std::vector<std::string> all = processes.exchange(plan);
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank] != all[0])
      throw Error("run_experiments: rank " + std::to_string(rank) +
                  " has other configurations, seeds or figures than rank 0");
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

/// Runs that all processes make at a time, with so many threads in this one (0: as many as it has cores).
std::size_t runs_at_a_time(auto& processes, int threads) {
  double all = threads > 0 ? threads : (std::max)(1.0, static_cast<double>(std::thread::hardware_concurrency()));
  processes.sum(std::span<double>(&all, 1));
  return static_cast<std::size_t>(all);
}

}  // namespace evomlp::detail
