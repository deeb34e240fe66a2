// SPDX-License-Identifier: MIT
// Where a layer's numbers lie: its own first, then its children's in order.
#pragma once

#include "evomlp/contract/declare.hpp"

#include <array>
#include <cstddef>
#include <type_traits>

namespace evomlp::detail {

/// Room within one call, of training and of prediction, which needs less.
struct Scratch {
  Size training, prediction;

  friend constexpr Scratch operator+(Scratch a, Scratch b) {
    return {a.training + b.training, a.prediction + b.prediction};
  }
  friend constexpr Scratch larger(Scratch a, Scratch b) {
    return {larger(a.training, b.training), larger(a.prediction, b.prediction)};
  }
};

/// What a layer takes in each of the four places, or where it begins there.
struct Layout {
  std::size_t parameters = 0, buffers = 0;
  Size saved;
  Scratch scratch;

  /// What follows `other` in memory. Scratch is shared: only one layer of a list runs at a time.
  friend constexpr Layout operator+(Layout a, Layout other) {
    return {a.parameters + other.parameters, a.buffers + other.buffers, a.saved + other.saved,
            larger(a.scratch, other.scratch)};
  }
};

template <class L>
constexpr Layout layout_of(std::size_t width);

/// What a layer takes itself, without its children.
template <class L>
constexpr Layout own_layout(std::size_t width) {
  const Size always = size_of(scratch_of<L>(), width);
  return {size_of(parameters_of<L>(), width).fixed, size_of(buffers_of<L>(), width).fixed, size_of(saved_of<L>(), width),
          {always + size_of(backward_scratch_of<L>(), width), always}};
}

template <Name n, class C, std::size_t Width>
constexpr Layout child_layout(Child<n, C, Width>) {
  return layout_of<C>(Width);
}

/// Where each child begins; one entry more for where the last one ends.
template <class... Children>
constexpr auto begin_of(TagTable<Children...>, Layout own) {
  std::array<Layout, sizeof...(Children) + 1> begin{};
  begin[0] = own;
  std::size_t i = 0;
  const auto next = [&](Layout child) {
    begin[i + 1] = begin[i] + child;
    begin[i + 1].scratch = own.scratch;
    ++i;
  };
  (next(child_layout(Children{})), ...);
  return begin;
}
template <class L>
constexpr auto children_begin(std::size_t width) {
  return begin_of(children_of<L>(), own_layout<L>(width));
}

template <class... Children>
constexpr Layout total_of(TagTable<Children...>, Layout own) {
  Layout children;
  ((children = children + child_layout(Children{})), ...);
  Layout total = own + children;
  total.scratch = own.scratch + children.scratch;
  return total;
}

/// What a layer takes, with all that is inside it, where `width` features enter. A list of layers knows its own.
template <class L>
constexpr Layout layout_of(std::size_t width) {
  if constexpr (requires { L::layout; }) return L::layout;
  else return total_of(children_of<L>(), own_layout<L>(width));
}

template <class E, class... Es>
constexpr std::size_t index_of(TagTable<Es...>) {
  static_assert((std::is_same_v<E, Es> || ...), "evomlp: self[…] names a child that the layer does not declare in its table");
  std::size_t index = 0;
  bool found = false;
  ((found = found || std::is_same_v<E, Es>, index += found ? 0 : 1), ...);
  return index;
}

}  // namespace evomlp::detail
