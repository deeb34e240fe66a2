// SPDX-License-Identifier: MIT
// Checkpoints: training in a file, to go on from.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/train/best.hpp"
#include "evomlp/train/keys_and_shapes.hpp"
#include "evomlp/train/state.hpp"
#include "evomlp/version.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

inline constexpr std::string_view holds_run = "a checkpoint of fit (for .resume and load_best)",
                                  holds_loop = "a checkpoint of a loop (for load_checkpoint)";

/// Writes what `thing` remembers, whole or not at all.
template <class = WhereCalled>
void write_remembered(const std::filesystem::path& path, std::string_view holds, const Remembered& thing) {
  TensorFileWriter writer;
  writer.metadata("evomlp", EVOMLP_VERSION);
  writer.metadata(holds_key, holds);
  MemoryWriter memory(writer);
  thing.remember(memory);
  write_file(path, writer.finish());
}

/// Reads it back; what was read when an error shows up has changed. `name` begins the messages.
template <class = WhereCalled>
void read_remembered(std::span<const std::byte> bytes, const std::string& name, std::string_view holds,
                     const Remembered& thing) {
  const TensorFile file(bytes, name);
  require_holds(file, holds);
  MemoryReader memory(file);
  thing.remember(memory);
  if (const auto unused = memory.unused(); !unused.empty())
    throw FileError(concat({name, ": holds ", unused.front(),
                            unused.size() > 1 ? concat({" and ", unused.size() - 1, " more"}) : "",
                            " that nothing here asks for: give the same schedulers, callbacks and policies as before"}));
}

/// Both for fit.
template <class = WhereCalled>
void record_run(const std::filesystem::path& path, const Remembered& thing) {
  write_remembered(path, holds_run, thing);
}
template <class = WhereCalled>
void restore_run(std::span<const std::byte> bytes, const std::string& name, const Remembered& thing) {
  read_remembered(bytes, name, holds_run, thing);
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

template <class>
void FitHandle::save_checkpoint(std::filesystem::path path) const {
  if (!requests_) return;
  requests_->checkpoints.push_back(std::move(path));
  requests_->record = &detail::record_run<>;
}

/// Writes a model and what its training remembers (the rule's numbers and learning rate, steps taken, dropout seed) to
/// one file, whole or not at all; for loops of your own over train_step. `fit` writes its own with the callback
/// Checkpoint. Throws FileError.
template <class Net, class T, class C>
void save_checkpoint(const std::filesystem::path& path, const Model<Net, T>& model, const State<Net, T, C>& state) {
  // What is recorded is not changed: remember is one function for both directions, and so takes what it can change.
  detail::ModelAndState<Net, T, C> both{const_cast<Model<Net, T>&>(model), const_cast<State<Net, T, C>&>(state)};
  detail::write_remembered(path, detail::holds_loop, detail::Remembered(both));
}

/// Reads it back: training then goes on as if it had never stopped, bit for bit. Throws FileError, with model and state
/// as they were, for a file that is damaged or of another network or chain.
template <class Net, class T, class C>
void load_checkpoint(const std::filesystem::path& path, Model<Net, T>& model, State<Net, T, C>& state) {
  Model<Net, T> model_copy = model;
  State<Net, T, C> state_copy = state;
  detail::ModelAndState<Net, T, C> copies{model_copy, state_copy}, both{model, state};
  const auto bytes = read_file(path);
  const std::string name = detail::path_text(path);
  detail::read_remembered(bytes, name, detail::holds_loop, detail::Remembered(copies));
  detail::read_remembered(bytes, name, detail::holds_loop, detail::Remembered(both));  // what went well once
}

/// The best weights so far out of a file of the callback Checkpoint, or its last ones when nothing was watched: to look at
/// a run while it goes on, or to use one that was killed. Throws FileError, with the model as it was, for a file that is
/// damaged or of another network.
template <class Net, class T>
void load_best(const std::filesystem::path& path, Model<Net, T>& model) {
  const auto bytes = read_file(path);
  const TensorFile file(bytes, detail::path_text(path));
  detail::require_holds(file, detail::holds_run);
  MemoryReader memory(file);
  detail::remember_network<Net, T>(memory, "run.network");
  detail::Best<Model<Net, T>> best;
  memory("best", best);
  Model<Net, T> last;
  if (!best.model()) memory("model", last);
  model = best.model() ? *best.model() : last;
}

}  // namespace evomlp
