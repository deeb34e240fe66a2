// SPDX-License-Identifier: MIT
// The type of a network whose BatchNorms are folded into the Linears beside them.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/projected_residual_block.hpp"
#include "evomlp/layers/repeat.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/rezero_block.hpp"
#include "evomlp/layers/sequential.hpp"

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace evomlp::detail {

template <class L>
inline constexpr bool is_batch_norm = false;
template <std::size_t N, RunningVariance running, Real momentum, Real eps>
inline constexpr bool is_batch_norm<BatchNorm1d<N, running, momentum, eps>> = true;

template <class L>
inline constexpr bool is_linear = false;
template <std::size_t In, std::size_t Out, bool with_bias>
inline constexpr bool is_linear<Linear<In, Out, with_bias>> = true;

/// Which layer of a flat list absorbs layer i: for a BatchNorm the Linear before it or else the one after it, with
/// nothing but BatchNorms between them; any other layer stays.
template <class FlatList>
struct FoldPlan;
template <class... Ls>
struct FoldPlan<List<Ls...>> {
  static constexpr std::array<std::size_t, sizeof...(Ls)> taken_by = [] {
    constexpr std::size_t count = sizeof...(Ls);
    constexpr std::array<bool, count> norm{is_batch_norm<Ls>...}, linear{is_linear<Ls>...};
    std::array<std::size_t, count> by{};
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t before = i, after = i;
      while (norm[before] && before > 0) --before;
      while (norm[after] && after + 1 < count) ++after;
      by[i] = !norm[i] ? i : linear[before] ? before : linear[after] ? after : i;
    }
    return by;
  }();

  /// How many layers run in layer i's place: 0 where another absorbs it.
  static constexpr std::array<std::size_t, sizeof...(Ls)> parts = [] {
    std::array<std::size_t, sizeof...(Ls)> count{};
    for (const std::size_t i : taken_by) ++count[i];
    return count;
  }();
};

template <class L>
struct FoldedType {
  using type = L;
};
template <class L>
using folded_type = typename FoldedType<L>::type;

/// What becomes of a layer in its list: a Linear that absorbs others has a bias.
template <class L, std::size_t parts>
struct FoldedLayer {
  using type = List<folded_type<L>>;
};
template <class L>
struct FoldedLayer<L, 0> {
  using type = List<>;
};
template <std::size_t In, std::size_t Out, bool with_bias, std::size_t parts>
  requires(parts > 1)
struct FoldedLayer<Linear<In, Out, with_bias>, parts> {
  using type = List<Linear<In, Out, true>>;
};

template <class FlatList, class Indices = std::make_index_sequence<FlatList::size>>
struct FoldedFlatList;
template <class... Ls, std::size_t... I>
struct FoldedFlatList<List<Ls...>, std::index_sequence<I...>>
    : Concat<typename FoldedLayer<Ls, FoldPlan<List<Ls...>>::parts[I]>::type...> {};

/// The layers of a list, flat; as they were written where nothing is folded.
template <class Modules>
struct FoldedList {
  using folded = typename FoldedFlatList<flat<Modules>>::type;
  using type = std::conditional_t<std::is_same_v<folded, flat<Modules>>, Modules, folded>;
};

// What is made of the folded list.
template <template <class...> class Block, class List>
struct MadeOf;
template <template <class...> class Block, class... Ls>
struct MadeOf<Block, List<Ls...>> {
  using type = Block<Ls...>;
};
template <template <class...> class Block, class... Ls>
using made_of_folded = typename MadeOf<Block, typename FoldedList<List<Ls...>>::type>::type;

template <class... Ls>
struct FoldedType<Sequential<Ls...>> {
  using type = made_of_folded<Sequential, Ls...>;
};
template <std::size_t N, class... Ls>
struct FoldedType<Repeat<N, Ls...>> {
  using Modules = Repeated<N, Ls...>;
  using folded = typename FoldedList<Modules>::type;
  using type = typename std::conditional_t<std::is_same_v<folded, Modules>, std::type_identity<Repeat<N, Ls...>>,
                                           MadeOf<Sequential, folded>>::type;
};
template <class... Ls>
struct FoldedType<ReZeroBlock<Ls...>> {
  using type = made_of_folded<ReZeroBlock, Ls...>;
};
template <class... Ls>
struct FoldedType<HighwayBlock<Ls...>> {
  using type = made_of_folded<HighwayBlock, Ls...>;
};
template <Real lambda, class... Ls>
struct FoldedType<ResidualBlock<lambda, Ls...>> {
  template <class... Fs>
  using Block = ResidualBlock<lambda, Fs...>;
  using type = made_of_folded<Block, Ls...>;
};
template <Real lambda, class Shortcut, class... Ls>
struct FoldedType<ProjectedResidualBlock<lambda, Shortcut, Ls...>> {
  template <class... Fs>
  using Block = ProjectedResidualBlock<lambda, folded_type<Shortcut>, Fs...>;
  using type = made_of_folded<Block, Ls...>;
};

}  // namespace evomlp::detail
