// SPDX-License-Identifier: MIT
// load_any: a model whose network is known when its file is read.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/io/model_tensors.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/io/safetensors.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/net/any_model.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/type_name.hpp"

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// What keeps a file from being of this network, or "". A file that names it is of it, and load says what else is wrong.
/// `more`: another may hold other things beside the model.
template <class Net, class T>
std::string misfit(const TensorFile& file, bool more) {
  if (const auto theirs = file.metadata("evomlp.signature")) return *theirs == signature<Net>() ? "" : "is another one";
  MemoryReader memory(file);
  const ModelReader<Net, T> reader(memory, true);
  if (!reader.wrong().empty()) return reader.wrong().front();
  if (!reader.missing().empty()) return "missing " + in_quotes(reader.missing().front());
  const auto unexpected = memory.unused();
  return more || unexpected.empty() ? "" : "unexpected " + in_quotes(unexpected.front());
}

/// The index of the one network that the file is of.
template <class T, class... Nets>
std::size_t which_network(const TensorFile& file, bool more) {
  const std::vector<std::string> misfits{misfit<Nets, T>(file, more)...}, networks{signature<Nets>()...};
  std::size_t found = 0, fitting = 0;
  std::string text;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    if (misfits[i].empty()) {
      ++fitting;
      found = i;
    }
    text += concat({"\n  ", networks[i], ": ", misfits[i].empty() ? "fits" : misfits[i]});
  }
  if (fitting == 1) return found;
  const auto theirs = file.metadata("evomlp.signature");
  throw FileError(concat({file.name(), ": is of ", fitting == 0 ? "none" : "more than one", " of the networks; it is ",
                          theirs ? "of " + in_quotes(*theirs) : "of one that it doesn't name", text}));
}

template <class T, class... Nets, class... V>
AnyModelOf<T, Nets...> load_any_bytes(std::span<const std::byte> bytes, const std::string& name,
                                      const LoadOptions& options, const Named<V>&... things) {
  const TensorFile file(bytes, name);
  const std::size_t found = which_network<T, Nets...>(file, !options.strict || sizeof...(V) > 0);
  std::optional<AnyModelOf<T, Nets...>> result;
  std::size_t index = 0;
  [[maybe_unused]] const auto one = [&]<class Net>(std::type_identity<Net>) {
    if (index++ != found) return;
    Model<Net, T> model;
    load_tensors(model, file, options, things...);
    result.emplace(std::move(model));
  };
  (one(std::type_identity<Nets>{}), ...);
  return *std::move(result);
}

}  // namespace detail

/// Reads a model whose network is one of the Nets: the one that the file's metadata name (`evomlp.signature`, which
/// `save` writes) or, in a file without it, the one whose keys and shapes it has. float: load_any<Small, Deep>(path).
///
/// Throws one FileError that lists the Nets and what is wrong with each if none fits or, without a signature, several
/// do; else what load throws. Options and named things are load's.
template <Network... Nets, class... V>
AnyModel<Nets...> load_any(const std::filesystem::path& path, const LoadOptions& options = {},
                           const Named<V>&... things) {
  return detail::load_any_bytes<float, Nets...>(read_file(path), detail::path_text(path), options, things...);
}
/// The same of another scalar: load_any<double, Small, Deep>(path).
template <std::floating_point T, Network... Nets, class... V>
AnyModelOf<T, Nets...> load_any(const std::filesystem::path& path, const LoadOptions& options = {},
                                const Named<V>&... things) {
  return detail::load_any_bytes<T, Nets...>(read_file(path), detail::path_text(path), options, things...);
}

/// The same from memory.
template <Network... Nets, class... V>
AnyModel<Nets...> load_any(std::span<const std::byte> bytes, const LoadOptions& options = {},
                           const Named<V>&... things) {
  return detail::load_any_bytes<float, Nets...>(bytes, "load_any: file in memory", options, things...);
}
template <std::floating_point T, Network... Nets, class... V>
AnyModelOf<T, Nets...> load_any(std::span<const std::byte> bytes, const LoadOptions& options = {},
                                const Named<V>&... things) {
  return detail::load_any_bytes<T, Nets...>(bytes, "load_any: file in memory", options, things...);
}

}  // namespace evomlp
