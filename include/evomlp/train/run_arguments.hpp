// SPDX-License-Identifier: MIT
// The arguments of fit that a checkpoint holds.
#pragma once

#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/keys_and_shapes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace evomlp::detail {

/// The arguments of a run that a checkpoint fits no other values of.
struct RunArguments {
  std::string network;  // keys and shapes of all parameters and buffers, and the scalar
  std::uint64_t samples = 0, validation_samples = 0, batch_size = 0, shuffle_seed = 0, dropout_seed = 0;
  bool shuffle = true, drop_last = false;
  std::string monitor, metrics;
  std::uint64_t block_rows = 0, block_window = 0;  // of a shuffle by blocks, else 0
  bool sample_weights = false;
  bool schedulers = false;  // any

  void remember(auto& memory) {
    memory("network", network);
    memory("samples", samples);
    memory("validation_samples", validation_samples);
    memory("batch_size", batch_size);
    memory("shuffle_seed", shuffle_seed);
    memory("dropout_seed", dropout_seed);
    memory("shuffle", shuffle);
    memory("drop_last", drop_last);
    memory("monitor", monitor);
    memory("metrics", metrics);
    memory("block_rows", block_rows, 0);
    memory("block_window", block_window, 0);
    memory("sample_weights", sample_weights, false);
    memory("schedulers", schedulers, false);
  }

  /// Throws TrainingError naming the first that differs.
  void require_same(const RunArguments& given) const {
    const auto same = [](const char* what, const auto& saved, const auto& now) {
      if (saved == now) return;
      const auto text = [](const auto& value) {
        if constexpr (std::is_convertible_v<decltype(value), std::string_view>) return std::string(value);
        else return std::to_string(value);
      };
      throw TrainingError(concat(
          {"fit: the run in the checkpoint has another ", what, ": ", text(saved), " there, ", text(now), " here"}));
    };
    same("network", network, given.network);
    same("number of samples", samples, given.samples);
    same("number of validation samples", validation_samples, given.validation_samples);
    same("batch_size", batch_size, given.batch_size);
    same("seed of the shuffles", shuffle_seed, given.shuffle_seed);
    same("seed of the dropout masks", dropout_seed, given.dropout_seed);
    same("shuffle", shuffle, given.shuffle);
    same("number of rows in a block of the shuffle", block_rows, given.block_rows);
    same("number of blocks in a window of the shuffle", block_window, given.block_window);
    same("drop_last", drop_last, given.drop_last);
    same("monitor", monitor, given.monitor);
    same("list of metrics", metrics, given.metrics);
    same("sample_weights", sample_weights, given.sample_weights);
    if (schedulers && !given.schedulers)
      throw TrainingError(
          "fit: the run in the checkpoint has a scheduler of the learning rate, and none is given: the last rate would stay");
  }
};

inline std::string to_string(const Monitor& monitor) {
  switch (monitor.kind) {
    case Monitor::Kind::validation_loss:
      return "validation_loss";
    case Monitor::Kind::validation_accuracy:
      return "validation_accuracy";
    case Monitor::Kind::training_loss:
      return "training_loss";
    case Monitor::Kind::metric:
      break;
  }
  return concat({"metric '", monitor.name, "'"});
}

template <class Net, class T>
RunArguments run_arguments(const FitOptions& options, std::size_t samples, std::size_t validation_samples,
                           std::span<const std::string> metric_names, bool sample_weights, bool schedulers) {
  std::string metrics;
  for (const std::string& name : metric_names) metrics.append(metrics.empty() ? "" : ", ").append(name);
  const auto& blocks = options.shuffle.blocks();
  return {keys_and_shapes<Net, T>(),
          samples,
          validation_samples,
          static_cast<std::uint64_t>(options.batch_size),
          options.shuffle_seed.value_or(options.seed),
          options.dropout_seed.value_or(options.seed),
          static_cast<bool>(options.shuffle),
          options.drop_last,
          to_string(options.monitor),
          metrics,
          blocks ? static_cast<std::uint64_t>(blocks->rows) : 0,
          blocks ? static_cast<std::uint64_t>(blocks->window) : 0,
          sample_weights,
          schedulers};
}

}  // namespace evomlp::detail
