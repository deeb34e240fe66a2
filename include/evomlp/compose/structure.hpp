// SPDX-License-Identifier: MIT
// The structure as written: every layer with its path ("2.0.body.0") and the place of its parameters.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/contract/layout.hpp"
#include "evomlp/core/compilers_name.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace evomlp::detail {

/// Not constexpr: the compiler names it where blocks are nested so deeply, or have so long names.
inline void a_layers_path_has_more_than_256_characters() {}

/// A growing path, for compile time: "2.0.body.0".
struct Path {
  std::array<char, 256> text{};
  std::size_t length = 0;

  constexpr std::string_view view() const { return {text.data(), length}; }

  /// Appends ".name", or "name" to the empty path; returns the length to `cut` back to.
  constexpr std::size_t push(std::string_view name) {
    const std::size_t before = length;
    if (length + 1 + name.size() > text.size()) a_layers_path_has_more_than_256_characters();
    if (length > 0) text[length++] = '.';
    for (const char c : name) text[length++] = c;
    return before;
  }
  constexpr std::size_t push(std::size_t index) {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do digits[--first] = static_cast<char>('0' + index % 10);
    while ((index /= 10) != 0);
    return push(std::string_view(digits.data() + first, digits.size() - first));
  }
  constexpr void cut(std::size_t to) { length = to; }
};

template <class L, class V>
constexpr void visit_layers(Path& path, std::size_t parameters, std::size_t buffers, V& visitor);

template <class NameOrIndex, class C, class V>
constexpr void visit_child(Path& path, NameOrIndex name, Layout& begin, V& visitor) {
  const std::size_t before = path.push(name);
  visit_layers<C>(path, begin.parameters, begin.buffers, visitor);
  path.cut(before);
  const Layout child = layout_of<C>(in_width<C>());
  begin.parameters += child.parameters;
  begin.buffers += child.buffers;
}
template <class... Ls, class V>
constexpr void visit_modules(List<Ls...>, Path& path, Layout begin, V& visitor) {
  std::size_t index = 0;
  (visit_child<std::size_t, Ls>(path, index++, begin, visitor), ...);
}
template <class... Children, class V>
constexpr void visit_children(TagTable<Children...>, Path& path, Layout begin, V& visitor) {
  [[maybe_unused]] const auto one = [&]<Name n, class C, std::size_t Width>(Child<n, C, Width>) {
    visit_child<std::string_view, C>(path, n.view(), begin, visitor);
  };
  (one(Children{}), ...);
}

/// visitor.template enter<L>(path, parameters, buffers) for L and each layer inside, depth first in the order of
/// memory, then visitor.template leave<L>(). `parameters` and `buffers` are where L's own begin in the flat buffers.
template <class L, class V>
constexpr void visit_layers(Path& path, std::size_t parameters, std::size_t buffers, V& visitor) {
  visitor.template enter<L>(path.view(), parameters, buffers);
  if constexpr (IsList<L>) {
    visit_modules(typename L::Modules{}, path, {parameters, buffers, {}, {}}, visitor);
  } else {
    const Layout own = own_layout<L>(in_width<L>());
    visit_children(children_of<L>(), path, {parameters + own.parameters, buffers + own.buffers, {}, {}}, visitor);
  }
  visitor.template leave<L>();
}
template <class L, class V>
constexpr V visited(V visitor) {
  Path path;
  visit_layers<L>(path, 0, 0, visitor);
  return visitor;
}

// ---- the flat list, with the names of the nested one ---------------------------------------------------------------

template <class... Ls, std::size_t n>
constexpr void write_flat_names(List<Ls...>, Path& path, std::array<Path, n>& names, std::size_t& count) {
  std::size_t index = 0;
  const auto one = [&]<class L>() {
    const std::size_t before = path.push(index++);
    if constexpr (IsList<L>)
      write_flat_names(typename L::Modules{}, path, names, count);
    else
      names[count++] = path;
    path.cut(before);
  };
  (one.template operator()<Ls>(), ...);
}
/// The path of each layer of flat<Modules> inside Modules: "0", "1.0", "1.1" and so on.
template <class Modules>
inline constexpr auto flat_names = [] {
  std::array<Path, flat<Modules>::size> names{};
  Path path;
  std::size_t count = 0;
  write_flat_names(Modules{}, path, names, count);
  return names;
}();

template <class FlatList>
struct FlatBegin;
template <class... Ls>
struct FlatBegin<List<Ls...>> {
  static constexpr auto make() {
    std::array<Layout, sizeof...(Ls) + 1> begin{};
    std::size_t i = 0;
    ((begin[i + 1] = begin[i] + layout_of<Ls>(in_width<Ls>()), ++i), ...);
    return begin;
  }
};
/// Where the parameters and buffers of each layer of a flat list begin.
template <class FlatList>
inline constexpr auto flat_begin = FlatBegin<FlatList>::make();

// ---- what a network is made of, in numbers -----------------------------------------------------------------------

template <class... Es>
constexpr bool has_matrix(TagTable<Es...>) {
  [[maybe_unused]] const auto is_matrix_tag = []<Name n, std::size_t... S>(Parameter<n, S...>) {
    return sizeof...(S) == 2;
  };
  return (false || ... || is_matrix_tag(Es{}));
}

/// A layer without layers inside.
template <class L>
inline constexpr bool is_leaf = !IsList<L> && std::is_same_v<decltype(children_of<L>()), TagTable<>>;

struct Counts {
  std::size_t layers = 0;           // that have a weight matrix
  std::size_t modules = 0;          // that hold no others
  std::size_t min_batch = 1;        // rows that training needs at least
  std::string_view min_batch_of{};  // which layer needs so many, the first of equals

  template <class L>
  constexpr void enter(std::string_view, std::size_t, std::size_t) {
    layers += has_matrix(parameters_of<L>()) ? 1 : 0;
    modules += is_leaf<L> ? 1 : 0;
    if constexpr (requires { L::min_batch; })
      if (L::min_batch > min_batch) {
        min_batch = L::min_batch;
        min_batch_of = bare_name<L>();
      }
  }
  template <class L>
  constexpr void leave() {}
};

template <class L>
inline constexpr Counts counts_of = visited<L>(Counts{});

}  // namespace evomlp::detail
