// SPDX-License-Identifier: MIT
// FitOptions, and whether they can work.
#pragma once

#include "evomlp/callbacks/epoch_csv.hpp"
#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/train/batch_part.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/resume_path.hpp"
#include "evomlp/train/shuffle.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evomlp {

struct FitOptions {
  int epochs = 1;
  int batch_size = 32;       ///< samples to a step; with several processes, of all of them together
  SourceRef validation{};    ///< evaluated after every epoch: `.validation = &validation`
  std::uint64_t seed = 0;    ///< of the shuffles and the dropout masks
  Shuffle shuffle = true;    ///< a new order in every epoch; or ByBlocks{…}, for data larger than memory
  bool drop_last = false;    ///< leave out a last batch shorter than batch_size
  /// Compute a batch in so many parts, one after the other, for a batch that is larger than memory: the memory of a step
  /// is that of a part. The step is the same, to rounding, but for BatchNorm, whose statistics are those of a part.
  int accumulate = 1;
  bool sync_batchnorm = false;  ///< with several processes: BatchNorm's statistics are those of all of them
  bool restore_best = true;  ///< end with the weights of the best epoch by `.monitor`
  Monitor monitor = Monitor::validation_loss;
  bool progress = false;           ///< shorthand for the callback ProgressBar{}
  ResumePath resume{};             ///< a checkpoint to go on from, made with the same arguments
  /// To vary one stream alone: instead of `seed` for the shuffles, for the dropout masks.
  std::optional<std::uint64_t> shuffle_seed{}, dropout_seed{};
};

namespace detail {

/// Steps in an epoch on so many processes; a TrainingError for settings that can't work, before any step.
template <class Net>
std::size_t checked_steps(const FitOptions& options, std::size_t samples, std::size_t processes) {
  require_at_least("fit", "epochs", options.epochs, 0);
  require_at_least("fit", "batch_size", options.batch_size, 1);
  require_at_least("fit", "accumulate", options.accumulate, 1);
  if (const auto& blocks = options.shuffle.blocks()) {
    require_at_least("fit", "shuffle: ByBlocks::rows", blocks->rows, 1);
    require_at_least("fit", "shuffle: ByBlocks::window", blocks->window, 1);
  }
  const std::size_t batch = static_cast<std::size_t>(options.batch_size), whole = samples / batch,
                    left = samples % batch;
  const std::size_t steps = whole + (left != 0 && !options.drop_last ? 1 : 0);
  if (steps == 0)
    throw TrainingError(
        concat({"fit: ", samples, " samples make no batch of ", batch, ", and drop_last leaves out the shorter one"}));
  const std::size_t parts = processes * static_cast<std::size_t>(options.accumulate);
  const std::size_t shortest = left != 0 && !options.drop_last ? left : batch;
  if (shortest < counts_of<Net>.min_batch)
    throw TrainingError(
        concat({"fit: ", samples, " samples in batches of ", batch, " end with a batch of ", shortest, ", but ",
                counts_of<Net>.min_batch_of, " needs at least ", counts_of<Net>.min_batch,
                " samples in training; ", batch < counts_of<Net>.min_batch ? "set another .batch_size"
                : "set .drop_last = true, another .batch_size, or leave out a sample"}));
  const bool shared = options.sync_batchnorm && processes > 1;
  if (whole > 0) require_parts<Net>(batch, parts, shared);
  require_parts<Net>(shortest, parts, shared);
  return steps;
}

/// Which figures an epoch will have.
struct Watchable {
  bool has_validation, has_accuracy;
  std::span<const std::string> metrics;

  /// A TrainingError if the metrics can't be evaluated, or not be told apart.
  void require_metrics() const {
    if (!has_validation && !metrics.empty())
      throw TrainingError(concat({"fit: the metric '", metrics.front(),
                                  "' is evaluated on the validation data, but there is none: set .validation"}));
    for (const std::string& name : metrics)
      if (std::count(metrics.begin(), metrics.end(), name) > 1)
        throw TrainingError(concat({"fit: two metrics are called '", name, "'"}));
    for (const std::string& name : metrics)
      if (is_epoch_column(name, has_accuracy))
        throw TrainingError(concat({"fit: a metric is called '", name, "', as a figure of each epoch already is"}));
  }

  /// A TrainingError if `who` watches one that will not be there.
  void require(const Monitor& monitor, const std::string& who) const {
    if (monitor.kind == Monitor::Kind::training_loss) return;
    if (monitor.kind == Monitor::Kind::validation_accuracy && !has_accuracy)
      throw TrainingError(who + " watches validation_accuracy, but this loss has no accuracy");
    if (monitor.kind == Monitor::Kind::metric && std::find(metrics.begin(), metrics.end(), monitor.name) == metrics.end())
      throw TrainingError(
          concat({who, " watches the metric '", monitor.name, "', but fit was given none of that name"}));
    if (!has_validation)
      throw TrainingError(who + " watches a figure of the validation data, but there is none: set .validation, or "
                                "watch Monitor::training_loss");
  }
};

}  // namespace detail
}  // namespace evomlp
