// SPDX-License-Identifier: MIT
// Checkpoints: training in a file, to go on from.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/train/best.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/state.hpp"
#include "evomlp/version.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// The arguments of a run that a checkpoint fits no other values of.
struct RunArguments {
  std::string network;  // keys and shapes of all parameters and buffers, and the scalar
  std::uint64_t samples = 0, validation_samples = 0, batch_size = 0, shuffle_seed = 0, dropout_seed = 0;
  bool shuffle = true, drop_last = false;
  std::string monitor, metrics;
  std::uint64_t block_rows = 0, block_window = 0;  // of a shuffle by blocks, else 0

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
  }
};

/// Keys and shapes of all parameters and buffers, and the scalar: "float 0.weight[8,3] 0.bias[8]".
template <class Net, class T>
std::string keys_and_shapes() {
  std::string text = std::is_same_v<T, float> ? "float" : "double";
  for (const ParameterInfo& info : parameter_table<Net>) {
    text += concat({" ", info.key, "[", info.out});
    if (info.rank == 2) text += concat({",", info.in});
    text += ']';
  }
  return text;
}

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
                           std::span<const std::string> metric_names) {
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
          blocks ? static_cast<std::uint64_t>(blocks->window) : 0};
}

/// Writes what `thing` remembers, whole or not at all.
void record_checkpoint(const std::filesystem::path& path, auto& thing) {
  TensorFileWriter writer;
  writer.metadata("evomlp", EVOMLP_VERSION);
  MemoryWriter memory(writer);
  thing.remember(memory);
  write_file(path, writer.finish());
}

/// Reads it back; what was read when an error shows up has changed.
void restore_checkpoint(const TensorFile& file, auto& thing) {
  MemoryReader memory(file);
  thing.remember(memory);
  if (const auto unused = memory.unused(); !unused.empty())
    throw FileError(
        concat({file.name(), ": holds ", unused.front(), " and ", unused.size() - 1,
                " more that nothing here asks for: give the same schedulers, callbacks and policies as before"}));
}

/// The network that a checkpoint is of, which must be this one.
template <class Net, class T>
void remember_network(auto& memory, std::string_view name) {
  const std::string here = keys_and_shapes<Net, T>();
  std::string network = here;
  memory(name, network);
  memory.require(network == here, name, concat({"this network: ", network, " there, ", here, " here"}));
}

/// A model and its state as one.
template <class Net, class T, class C>
struct ModelAndState {
  Model<Net, T>& model;
  State<Net, T, C>& state;

  void remember(auto& memory) {
    remember_network<Net, T>(memory, "network");
    memory("model", model);
    memory("state", state);
  }
};

}  // namespace detail

/// Writes a model and what its training remembers (the rule's numbers and learning rate, steps taken, dropout seed) to
/// one file, whole or not at all; for loops of your own over train_step. `fit` writes its own with the callback
/// Checkpoint. Throws FileError.
template <class Net, class T, class C>
void save_checkpoint(const std::filesystem::path& path, const Model<Net, T>& model, const State<Net, T, C>& state) {
  // What is recorded is not changed: remember is one function for both directions, and so takes what it can change.
  detail::ModelAndState<Net, T, C> both{const_cast<Model<Net, T>&>(model), const_cast<State<Net, T, C>&>(state)};
  detail::record_checkpoint(path, both);
}

/// Reads it back: training then goes on as if it had never stopped, bit for bit. Throws FileError, with model and state
/// as they were, for a file that is damaged or of another network or chain.
template <class Net, class T, class C>
void load_checkpoint(const std::filesystem::path& path, Model<Net, T>& model, State<Net, T, C>& state) {
  Model<Net, T> model_copy = model;
  State<Net, T, C> state_copy = state;
  detail::ModelAndState<Net, T, C> copies{model_copy, state_copy}, both{model, state};
  const auto bytes = read_file(path);
  const TensorFile file(bytes, detail::path_text(path));
  detail::restore_checkpoint(file, copies);
  detail::restore_checkpoint(file, both);  // what went well once
}

/// The best weights so far out of a file of the callback Checkpoint, or its last ones when nothing was watched: to look at
/// a run while it goes on, or to use one that was killed. Throws FileError, with the model as it was, for a file that is
/// damaged or of another network.
template <class Net, class T>
void load_best(const std::filesystem::path& path, Model<Net, T>& model) {
  const auto bytes = read_file(path);
  const TensorFile file(bytes, detail::path_text(path));
  MemoryReader memory(file);
  detail::remember_network<Net, T>(memory, "run.network");
  detail::Best<Model<Net, T>> best;
  memory("best", best);
  Model<Net, T> last;
  if (!best.model()) memory("model", last);
  model = best.model() ? *best.model() : last;
}

}  // namespace evomlp
