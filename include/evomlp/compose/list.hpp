// SPDX-License-Identifier: MIT
// Lists of types, and a nested list of layers laid flat.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace evomlp {

namespace detail {

template <class... Ls>
struct List {
  static constexpr std::size_t size = sizeof...(Ls);
};

template <class... Lists>
struct Concat;
template <>
struct Concat<> {
  using type = List<>;
};
template <class... A>
struct Concat<List<A...>> {
  using type = List<A...>;
};
template <class... A, class... B>
struct Concat<List<A...>, List<B...>> {
  using type = List<A..., B...>;
};
template <class... A, class... B, class... C>
struct Concat<List<A...>, List<B...>, List<C...>> {
  using type = List<A..., B..., C...>;
};
// Four at a time, so that 200 layers stay within every compiler's template depth.
template <class... A, class... B, class... C, class... D, class... Rest>
struct Concat<List<A...>, List<B...>, List<C...>, List<D...>, Rest...> : Concat<List<A..., B..., C..., D...>, Rest...> {
};

template <class Indices, class L>
struct Copies;
template <std::size_t... I, class L>
struct Copies<std::index_sequence<I...>, L> {
  template <std::size_t>
  using Copy = L;
  using type = typename Concat<Copy<I>...>::type;
};

/// N times the list Ls...
template <std::size_t N, class... Ls>
using Repeated = typename Copies<std::make_index_sequence<N>, List<Ls...>>::type;

/// A layer that is a list of others (Sequential, Repeat): `Modules`, its children by position.
template <class L>
concept IsList = requires {
  typename L::Modules;
};

/// Lists inside lists dissolved, whatever their depth: the layers in the order in which they run.
template <class L>
struct Flatten {
  using type = List<L>;
};
template <class... Ls>
struct Flatten<List<Ls...>> : Concat<typename Flatten<Ls>::type...> {};
template <IsList L>
struct Flatten<L> : Flatten<typename L::Modules> {};

template <class L>
using flat = typename Flatten<L>::type;

// Look-up by inheritance: constant depth, whatever the length of the list.
template <std::size_t I, class L>
struct Entry {
  using type = L;
};
template <class Indices, class... Ls>
struct Entries;
template <std::size_t... I, class... Ls>
struct Entries<std::index_sequence<I...>, Ls...> : Entry<I, Ls>... {};
template <std::size_t I, class L>
Entry<I, L> find(const Entry<I, L>&);

template <class L>
struct Indexed;
template <class... Ls>
struct Indexed<List<Ls...>> {
  using type = Entries<std::index_sequence_for<Ls...>, Ls...>;
};

/// The I-th type of a list.
template <std::size_t I, class L>
using element = typename decltype(find<I>(std::declval<typename Indexed<L>::type>()))::type;

}  // namespace detail
}  // namespace evomlp
