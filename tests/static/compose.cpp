// SPDX-License-Identifier: MIT
// Lists of layers as the compiler sees them: put together, laid flat, checked for widths, planned.
#include "../support/layers_of_a_user.hpp"
#include "evomlp/compose/list.hpp"
#include "evomlp/compose/plan.hpp"
#include "evomlp/compose/widths.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/repeat.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>

using namespace evomlp;
using namespace evomlp::detail;
using evomlp_test::AddRowMean;
using evomlp_test::SquareGain;
using evomlp_test::Swish;

namespace {

using In = Linear<2, 4>;
using Mid = Linear<4, 4>;
using Out = Linear<4, 1>;

// ---- Concat, Repeated, element: the same however many at a time -------------------------------------------------------

/// The list 0, 1, … N − 1 as types.
template <class Indices>
struct Counting;
template <std::size_t... I>
struct Counting<std::index_sequence<I...>> {
  using type = List<std::integral_constant<std::size_t, I>...>;
  using of_singles = typename Concat<List<std::integral_constant<std::size_t, I>>...>::type;
  static constexpr bool finds_each =
      (std::is_same_v<element<I, type>, std::integral_constant<std::size_t, I>> && ... && true);
};
template <std::size_t N>
constexpr bool holds_for() {
  using C = Counting<std::make_index_sequence<N>>;
  return std::is_same_v<typename C::of_singles, typename C::type> && C::type::size == N && C::finds_each;
}
static_assert(holds_for<0>() && holds_for<1>() && holds_for<2>() && holds_for<3>() && holds_for<4>() &&
              holds_for<5>() && holds_for<6>() && holds_for<7>() && holds_for<8>() && holds_for<200>());

static_assert(std::is_same_v<Concat<List<In, ReLU>, List<>, List<Mid>, List<Tanh>, List<Mid, Out>>::type,
                             List<In, ReLU, Mid, Tanh, Mid, Out>>);
static_assert(std::is_same_v<Repeated<1, Mid, ReLU>, List<Mid, ReLU>>);
static_assert(std::is_same_v<Repeated<3, Mid, ReLU>, List<Mid, ReLU, Mid, ReLU, Mid, ReLU>>);
static_assert(Repeated<200, Mid>::size == 200 && std::is_same_v<element<199, Repeated<200, Mid>>, Mid>);

// ---- flat: lists inside lists dissolve, blocks stay -------------------------------------------------------------------

static_assert(std::is_same_v<flat<ReLU>, List<ReLU>>);
static_assert(std::is_same_v<flat<Sequential<In>>, List<In>>);
static_assert(std::is_same_v<flat<Sequential<In, ReLU, Mid, Out>>, List<In, ReLU, Mid, Out>>);
static_assert(std::is_same_v<flat<Sequential<In, ReLU, Mid, Tanh, Out>>, List<In, ReLU, Mid, Tanh, Out>>);
static_assert(std::is_same_v<flat<Sequential<Sequential<Sequential<In>>, Repeat<2, Mid, Sequential<ReLU>>, Out>>,
                             List<In, Mid, ReLU, Mid, ReLU, Out>>);
static_assert(std::is_same_v<flat<List<Sequential<In, ReLU>, Out>>, List<In, ReLU, Out>>);
using Block = ResidualBlock<0.5, Sequential<Mid, ReLU>, Mid>;
static_assert(std::is_same_v<flat<Sequential<In, Repeat<2, Block>>>, List<In, Block, Block>>);
static_assert(flat<Sequential<In, Repeat<99, Mid, ReLU>, Out>>::size == 200);
static_assert(flat<Repeat<10, Sequential<Repeat<10, Mid, ReLU>>>>::size == 200);

// ---- Plan: which layers begin a stage, and which take the activation after them along ---------------------------------

struct Stage {
  std::size_t first;
  bool pair;
};
template <class... Ls>
constexpr bool is_planned(std::initializer_list<Stage> expected) {
  constexpr auto plan = Plan<List<Ls...>>::make();
  if (plan.count != expected.size()) return false;
  std::size_t i = 0;
  for (const Stage& stage : expected) {
    if (plan.first[i] != stage.first || plan.pair[i] != stage.pair) return false;
    ++i;
  }
  return true;
}
static_assert(is_planned<In>({{0, false}}));
static_assert(is_planned<ReLU>({{0, false}}));
static_assert(is_planned<In, ReLU>({{0, true}}));
static_assert(is_planned<ReLU, In>({{0, false}, {1, false}}));
static_assert(is_planned<In, ReLU, Mid, Out>({{0, true}, {2, false}, {3, false}}));
static_assert(is_planned<In, ReLU, Mid, Tanh, Out>({{0, true}, {2, true}, {4, false}}));
static_assert(is_planned<In, ReLU, Tanh>({{0, true}, {2, false}}));  // one activation with a layer
static_assert(is_planned<In, BatchNorm1d<4>>({{0, false}, {1, false}}));
static_assert(is_planned<In, BatchNorm1d<4>, ReLU, Out>({{0, false}, {1, true}, {3, false}}));
static_assert(is_planned<In, ReLU, BatchNorm1d<4>, Out>({{0, true}, {2, false}, {3, false}}));
static_assert(is_planned<Block, ReLU, Mid>({{0, true}, {2, false}}));
static_assert(is_planned<In, Dropout<0.5>, ReLU>({{0, false}, {1, false}, {2, false}}));

// A user's activation fuses as ours do; a user's layer does if it says that it takes any destination.
struct Copies : AddRowMean {
  static constexpr bool any_destination = true;
};
static_assert(is_planned<In, Swish>({{0, true}}));
static_assert(is_planned<In, SquareGain<4>, ReLU, Out>({{0, false}, {1, false}, {2, false}, {3, false}}));
static_assert(is_planned<AddRowMean, ReLU>({{0, false}, {1, false}}));
static_assert(is_planned<Copies, ReLU>({{0, true}}));

constexpr bool deep_is_planned() {
  constexpr auto plan = Plan<flat<Repeat<100, Mid, ReLU>>>::make();
  for (std::size_t i = 0; i < plan.count; ++i)
    if (plan.first[i] != 2 * i || !plan.pair[i]) return false;
  return plan.layers == 200 && plan.count == 100;
}
static_assert(deep_is_planned());

// ---- Widths: along a list, through layers that say none ---------------------------------------------------------------

static_assert(Widths<List<In>>::at == std::array<std::size_t, 2>{2, 4});
static_assert(Widths<List<ReLU, In, AddRowMean, Out>>::at == std::array<std::size_t, 5>{2, 2, 4, 4, 1});
static_assert(Widths<List<ReLU, Tanh>>::at == std::array<std::size_t, 3>{same_width, same_width, same_width});
static_assert(Widths<List<In, ReLU, Mid, Tanh, Out>>::wrong == 5);  // none
static_assert(Widths<List<In, ReLU, Linear<3, 1>>>::wrong == 2);
static_assert(Widths<List<In, Linear<5, 4>, Linear<3, 1>>>::wrong == 1);  // the first of them
static_assert(Widths<flat<Repeat<100, Mid, ReLU>>>::at[200] == 4 && Widths<flat<Repeat<100, Mid, ReLU>>>::wrong == 200);

}  // namespace
