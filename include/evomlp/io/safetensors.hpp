// SPDX-License-Identifier: MIT
// save and load: a model as a safetensors file, with the names and shapes that PyTorch expects.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/model_tensors.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/network_text.hpp"
#include "evomlp/net/type_name.hpp"
#include "evomlp/version.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace evomlp {

/// Something with `remember` under the name that its keys begin with.
template <class V>
struct Named {
  std::string_view name;
  V& value;
};

/// For save and load: named("scaler", scaler) goes into the model's file as "scaler.…".
template <Remembers V>
Named<V> named(std::string_view name, V& value) {
  return {name, value};
}

struct LoadOptions {
  bool strict = true;    ///< missing and unexpected keys are errors
  bool convert = false;  ///< take F64 for a float model, and F32 for a double one
};

/// What a load that is not strict let pass: keys of the model that the file lacks, whose values stay as they were, and
/// keys of the file that nothing asked for.
struct LoadResult {
  std::vector<std::string> missing, unexpected;
};

namespace detail {

inline constexpr std::string_view holds_model = "a model (for load)";

/// What a model's file says of itself: for PyTorch, for messages, and for load_any.
template <class Net>
void describe(TensorFileWriter& writer) {
  writer.metadata("format", "pt");
  writer.metadata("evomlp", EVOMLP_VERSION);
  writer.metadata(holds_key, holds_model);
  writer.metadata("evomlp.network", network_text<Net>());
  writer.metadata("evomlp.signature", signature<Net>());
}

/// How the network that a file names differs from ours, or "": numbers that fit don't make a Tanh of a ReLU. Layers
/// without a name ("?") may be anything.
inline std::string other_signature(const TensorFile& file, const std::string& ours) {
  const auto theirs = file.metadata("evomlp.signature");
  if (!theirs || *theirs == ours || theirs->find('?') != std::string_view::npos || ours.find('?') != std::string::npos)
    return {};
  std::size_t begin = 0;  // of the layer in which they differ
  for (std::size_t i = 0; i < ours.size() && i < theirs->size() && ours[i] == (*theirs)[i]; ++i)
    if (ours[i] == '<' || ours[i] == ' ') begin = i + 1;
  const auto part = [begin](std::string_view of) {
    constexpr std::size_t most = 60;
    return in_quotes(concat({begin > 0 ? "…" : "", of.substr(begin, most), of.size() > begin + most ? "…" : ""}));
  };
  return concat({"another network: got ", part(*theirs), ", expected ", part(ours), " (or .strict = false)"});
}

template <class Net, class T, class... V>
LoadResult load_tensors(Model<Net, T>& model, const TensorFile& file, LoadOptions options, const Named<V>&... things) {
  static_assert((std::copyable<V> && ...),
                "evomlp::load: what is named is read into a copy and assigned: it must be copyable, and not const");
  const std::string& name = file.name();
  require_holds(file, holds_model);
  MemoryReader memory(file);
  const ModelReader<Net, T> reader(memory, options.convert);
  std::vector<std::string> problems = reader.wrong();

  std::tuple<V...> copies{things.value...};  // so that nothing has changed when something is wrong
  std::vector<std::string> broken;           // prefixes of keys that were not all asked for
  [[maybe_unused]] const auto restore = [&](const auto& thing, auto& copy) {
    try {
      memory(thing.name, copy);
    } catch (const FileError& error) {
      const std::string_view text = error.what();
      problems.emplace_back(text.starts_with(name + ": ") ? text.substr(name.size() + 2) : text);
      broken.push_back(std::string(thing.name) + ".");
    }
  };
  std::apply([&](V&... copy) { (restore(things, copy), ...); }, copies);

  LoadResult result{reader.missing(), {}};
  for (std::string& key : memory.unused())
    if (std::none_of(broken.begin(), broken.end(), [&](const std::string& prefix) { return key.starts_with(prefix); }))
      result.unexpected.push_back(std::move(key));
  if (options.strict) {
    for (const std::string& key : result.missing) problems.push_back("missing " + in_quotes(key));
    for (const std::string& key : result.unexpected) problems.push_back("unexpected " + in_quotes(key));
    if (problems.empty())
      if (const std::string other = other_signature(file, signature<Net>()); !other.empty()) problems.push_back(other);
  }
  if (!problems.empty()) {
    // Keys of layers begin with their place: "2.weight".
    const auto is_named = [](const std::string& key) { return key.find_first_of("0123456789") != 0; };
    const auto theirs = file.metadata("evomlp.network");
    const std::string ours = network_text<Net>();
    std::string text = concat({name, ": does not fit the model (", ours});
    if (theirs && *theirs != ours) text.append("; the file has ").append(theirs->substr(0, 200));
    text += "):";
    for (const std::string& problem : problems) text += "\n  " + problem;
    if (options.strict && std::any_of(result.unexpected.begin(), result.unexpected.end(), is_named))
      text +=
          "\n  (what was saved beside the model is asked for by name: "
          "load(model, path, named(\"scaler\", scaler)))";
    throw FileError(text);
  }
  reader.read_into(model);
  std::apply([&](V&... copy) { ((things.value = std::move(copy)), ...); }, copies);
  return result;
}

template <class Net, class T, class... V>
LoadResult load_bytes(Model<Net, T>& model, std::span<const std::byte> bytes, const std::string& name,
                      LoadOptions options, const Named<V>&... things) {
  return load_tensors(model, TensorFile(bytes, name), options, things...);
}

}  // namespace detail

/// Writes all parameters and buffers to a safetensors file: keys as in parameter_table<Net>, weights as [out, in],
/// float as F32, double as F64, and each BatchNorm1d's `num_batches_tracked` (0), which PyTorch's strict loading asks
/// for. A PyTorch module of the same structure loads it with load_state_dict(safetensors.torch.load_file(path)).
///
/// What prediction needs beside the model goes into the same file: save(model, path, named("scaler", scaler)).
/// The file appears whole or not at all. Throws FileError.
template <class Net, class T, class... V>
void save(const Model<Net, T>& model, const std::filesystem::path& path, const Named<V>&... things) {
  TensorFileWriter writer;
  detail::describe<Net>(writer);
  write_model(writer, model);
  [[maybe_unused]] MemoryWriter memory(writer);
  (memory(things.name, things.value), ...);
  write_file(path, writer.finish());
}

/// Reads what save wrote, or what PyTorch saved of a module of the same structure: keys, shapes and dtype must be the
/// model's, `num_batches_tracked` may be there and is not used. After save the numbers are the same bits.
///
///     load(model, "circles.safetensors");
///     load(model, "circles.safetensors", {.convert = true});
///     load(model, "circles.safetensors", named("scaler", scaler));
///     load(model, "circles.safetensors", {.strict = false}, named("scaler", scaler));
///
/// Throws one FileError that lists everything that doesn't fit; model and named things are then as they were. Named
/// things must be whole in the file even if `.strict = false`; they are copied on the way.
template <class Net, class T, class... V>
LoadResult load(Model<Net, T>& model, const std::filesystem::path& path, LoadOptions options = {},
                const Named<V>&... things) {
  return detail::load_bytes(model, read_file(path), detail::path_text(path), options, things...);
}

/// The same without options.
template <class Net, class T, class First, class... V>
LoadResult load(Model<Net, T>& model, const std::filesystem::path& path, const Named<First>& first,
                const Named<V>&... things) {
  return load(model, path, LoadOptions{}, first, things...);
}

/// The same from memory.
template <class Net, class T, class... V>
LoadResult load(Model<Net, T>& model, std::span<const std::byte> bytes, LoadOptions options = {},
                const Named<V>&... things) {
  return detail::load_bytes(model, bytes, "load: file in memory", options, things...);
}

/// The same from memory without options.
template <class Net, class T, class First, class... V>
LoadResult load(Model<Net, T>& model, std::span<const std::byte> bytes, const Named<First>& first,
                const Named<V>&... things) {
  return load(model, bytes, LoadOptions{}, first, things...);
}

}  // namespace evomlp
