// SPDX-License-Identifier: MIT
// The table of a network's parameters and buffers, at compile time: key, place, shape, start.
#pragma once

#include "evomlp/compose/structure.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace evomlp {

/// One entry of a network's table. `offset` counts in the flat parameter buffer, or in the buffer of untrained values.
struct ParameterInfo {
  std::string_view key{};  // PyTorch's: "2.0.body.0.weight"
  bool trained = true;     // false: a buffer, such as running_mean
  std::size_t offset = 0, size = 0;
  std::size_t rank = 0;             // 2: a weight matrix
  std::size_t in = 0, out = 0;      // a matrix lies as [in, out]; a vector has in = 1
  std::optional<double> initial{};  // where it always starts; none: the initialiser says
  std::size_t layer = 0;            // which of the network's layers with parameters it belongs to
  std::size_t branches_ended = 0;   // of how many residual branches it is the last weight matrix
  double branch_lambda = 1;         // the product of their |λ|, a λ of 0 left out
};

namespace detail {

template <class L>
inline constexpr bool has_parameters = !std::is_same_v<decltype(parameters_of<L>()), TagTable<>>;

struct KeyLengths {
  std::size_t entries = 0, characters = 0, layers = 0;

  template <class L>
  constexpr void enter(std::string_view path, std::size_t, std::size_t) {
    const auto add = [&](std::string_view name) {
      ++entries;
      characters += path.size() + 1 + name.size();
    };
    [[maybe_unused]] const auto parameter = [&]<Name n, std::size_t... S>(const Parameter<n, S...>&) { add(n.view()); };
    [[maybe_unused]] const auto buffer = [&]<Name n, std::size_t S>(const Buffer<n, S>&) { add(n.view()); };
    parameters_of<L>().each(parameter);
    buffers_of<L>().each(buffer);
    if (has_parameters<L>) {
      ++layers;
      characters += path.size();
    }
  }
  template <class L>
  constexpr void leave() {}
};

/// The entries with their keys in one array of characters; string_views into it are made by the owner.
template <std::size_t entries, std::size_t characters, std::size_t layers>
struct RawTable {
  struct Text {
    std::size_t first = 0, length = 0;
  };
  std::array<ParameterInfo, entries> info{};
  std::array<Text, entries> key{};
  std::array<Text, layers> layer_path{};
  std::array<std::size_t, layers + 1> layer_begin{};  // offsets in the parameter buffer
  std::array<char, characters + 1> text{};
  std::size_t residual_blocks = 0;  // whose λ is fixed
  std::size_t count = 0, layer_count = 0, used = 0;
  std::array<std::size_t, 64> open_branches{};  // where the parameters of each branch not yet left begin
  std::size_t open = 0;

  constexpr Text write(std::string_view path, std::string_view name) {
    const Text written{used, path.size() + (path.empty() || name.empty() ? 0 : 1) + name.size()};
    for (const char c : path) text[used++] = c;
    if (!path.empty() && !name.empty()) text[used++] = '.';
    for (const char c : name) text[used++] = c;
    return written;
  }

  template <class L>
  constexpr void enter(std::string_view path, std::size_t parameters, std::size_t buffers) {
    const auto add = [&](std::string_view name, ParameterInfo one, std::size_t& offset) {
      one.offset = offset;
      one.layer = layer_count;
      one.size = one.in * one.out;
      offset += one.size;
      key[count] = write(path, name);
      info[count++] = one;
    };
    [[maybe_unused]] const auto parameter = [&]<Name n, std::size_t... S>(const Parameter<n, S...>& tag) {
      constexpr std::array<std::size_t, sizeof...(S)> shape{S...};
      ParameterInfo one{.trained = true, .rank = shape.size(), .in = 1, .out = shape.back(), .initial = tag.initial};
      if constexpr (shape.size() == 2) one.in = shape[0];
      add(n.view(), one, parameters);
    };
    [[maybe_unused]] const auto buffer = [&]<Name n, std::size_t S>(const Buffer<n, S>& tag) {
      add(n.view(), {.trained = false, .rank = 1, .in = 1, .out = S, .initial = tag.initial}, buffers);
    };
    if constexpr (has_parameters<L>) layer_begin[layer_count] = parameters;
    parameters_of<L>().each(parameter);
    buffers_of<L>().each(buffer);
    if constexpr (has_parameters<L>) {
      layer_path[layer_count++] = write(path, {});
      layer_begin[layer_count] = parameters;
    }
    if constexpr (requires { L::residual_scale; }) {  // the branch is the last child, after a shortcut
      constexpr auto children = children_begin<L>(in_width<L>());
      open_branches[open++] = parameters + children[children.size() < 2 ? 0 : children.size() - 2].parameters;
    }
  }

  template <class L>
  constexpr void leave() {
    if constexpr (requires { L::residual_scale; }) {
      ++residual_blocks;
      const std::size_t first = open_branches[--open];
      for (std::size_t i = count; i > 0; --i) {
        ParameterInfo& one = info[i - 1];
        if (!one.trained || one.rank != 2) continue;
        if (one.offset < first) break;
        const double lambda = L::residual_scale.value();
        ++one.branches_ended;
        one.branch_lambda *= lambda == 0 ? 1 : (lambda < 0 ? -lambda : lambda);
        break;
      }
    }
  }
};

template <class Net>
struct TableOf {
  static constexpr KeyLengths lengths = visited<Net>(KeyLengths{});
  static constexpr auto raw = visited<Net>(RawTable<lengths.entries, lengths.characters, lengths.layers>{});
  static constexpr auto text = raw.text;  // a copy: what points into raw would bring all of it into the program

  static constexpr auto entries = [] {
    auto info = raw.info;
    for (std::size_t i = 0; i < info.size(); ++i)
      info[i].key = std::string_view(text.data() + raw.key[i].first, raw.key[i].length);
    return info;
  }();
  static constexpr auto layer_paths = [] {
    std::array<std::string_view, lengths.layers> paths{};
    for (std::size_t i = 0; i < paths.size(); ++i)
      paths[i] = std::string_view(text.data() + raw.layer_path[i].first, raw.layer_path[i].length);
    return paths;
  }();
};

}  // namespace detail

/// All parameters and buffers of a network, in the order in which they lie in memory.
template <class Net>
inline constexpr auto& parameter_table = detail::TableOf<Net>::entries;

/// The paths of the layers that have parameters, in the same order: "0", "2.0.body.0" and so on.
template <class Net>
inline constexpr auto& layer_paths = detail::TableOf<Net>::layer_paths;

namespace detail {

/// Where the parameters of each of those layers begin in the flat buffer, and at last where all end.
template <class Net>
inline constexpr auto layer_begin = TableOf<Net>::raw.layer_begin;

/// How many residual blocks with a fixed λ it has.
template <class Net>
inline constexpr std::size_t residual_blocks = TableOf<Net>::raw.residual_blocks;

/// The index of `key` in the network's table, or its size.
template <class Net>
constexpr std::size_t find_key(std::string_view key) {
  std::size_t i = 0;
  while (i < parameter_table<Net>.size() && parameter_table<Net>[i].key != key) ++i;
  return i;
}

}  // namespace detail
}  // namespace evomlp
