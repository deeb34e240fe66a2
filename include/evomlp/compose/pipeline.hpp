// SPDX-License-Identifier: MIT
// Runs a list of layers: flattened, fused and laid out at compile time, one stage after the other.
#pragma once

#include "evomlp/compose/fused.hpp"
#include "evomlp/compose/list.hpp"
#include "evomlp/compose/plan.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/compose/widths.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace evomlp::detail {

/// Modules: the list as written.
template <class Modules>
struct Pipeline {
  using FlatList = flat<Modules>;
  using W = Widths<FlatList>;
  static constexpr Plan plan = Plan<FlatList>::make();
  static constexpr std::size_t count = plan.count;

  template <std::size_t I>
  static auto stage_type() {
    using L = element<plan.first[I], FlatList>;
    if constexpr (plan.pair[I])
      return std::type_identity<Fused<L, element<plan.first[I] + 1, FlatList>, W::at[plan.first[I]]>>{};
    else
      return std::type_identity<L>{};
  }
  template <std::size_t I>
  using Stage = typename decltype(stage_type<I>())::type;
  using First = Stage<0>;
  using Last = Stage<count - 1>;

  /// The width that enters stage i, or leaves the last.
  static constexpr std::size_t width(std::size_t i) { return W::at[i < count ? plan.first[i] : W::count]; }

  /// The widest matrix between stages, over the junctions at an odd (turn 1) or even (turn 0) distance from the end.
  static constexpr std::size_t widest(std::size_t turn) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < count; ++i)
      if ((count - i) % 2 == turn) most = (std::max)(most, width(i));
    return most;
  }

  // Scratch: two matrices that take turns between the stages, room at either end for a stage that can't write to a
  // fancy destination (or read a fancy source), then the stages' own. In prediction the result's own memory stands in
  // for the second matrix where it is wide enough: a block then takes the width of three layers, however deep its body.
  static constexpr bool lends = widest(0) <= width(count);
  static constexpr bool in_room = !takes_any_destination<First>(), out_room = !takes_any_destination<Last>();
  static constexpr std::size_t two_rooms = widest(1) + widest(0), predict_rooms = widest(1) + (lends ? 0 : widest(0));
  static constexpr Size in_at{0, two_rooms}, out_at{0, two_rooms + (in_room ? width(0) : 0)},
      predict_out_at{0, predict_rooms};
  static constexpr Scratch stage_scratch{
      {0, out_at.per_row + (out_room || !takes_any_dy<Last>() ? width(count) : 0)},
      {0, predict_rooms + (out_room ? width(count) : 0)}};

  /// Where each stage's numbers begin; its output is saved after its own saved values.
  static constexpr std::array<Layout, count + 1> begin = []<std::size_t... I>(std::index_sequence<I...>) {
    std::array<Layout, count + 1> at{};
    ((at[I + 1] = at[I] + layout_of<Stage<I>>(width(I)), at[I + 1].saved.per_row += I + 1 < count ? width(I + 1) : 0),
     ...);
    return at;
  }
  (std::make_index_sequence<count>{});

  static constexpr Layout layout = [] {
    Layout total = begin[count];
    total.scratch = stage_scratch + total.scratch;
    return total;
  }();

  /// The first stage with parameters: nothing before it learns.
  static constexpr std::size_t first_trained = [] {
    std::size_t i = 0;
    while (i < count && begin[i + 1].parameters == begin[i].parameters) ++i;
    return i;
  }();

  static void predict(const auto& self, const auto& x, const auto& y) {
    over_stages([&]<std::size_t I>() {
      const auto stage = part<I>(self);
      const auto in = [&] {
        if constexpr (I == 0) return x;
        else return between(self, y, I);
      }();
      if constexpr (I + 1 < count)
        stage.predict(in, between(self, y, I + 1));
      else
        into_matrix<!out_room>(self, y, predict_out_at, [&](const auto& to) { stage.predict(in, to); });
    });
  }

  static void forward(auto self, auto x, auto y) {
    over_stages([&]<std::size_t I>() {
      const auto stage = part<I>(self);
      const auto in = input<I == 0>(self, x, I);
      if constexpr (I + 1 < count)
        stage.forward(in, output(self, I));
      else
        into_matrix<!out_room>(self, y, out_at, [&](auto to) { stage.forward(in, to); });
    });
  }

  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    const bool dx_needed = dx.rows != 0;
    over_stages([&]<std::size_t Reversed>() {
      constexpr std::size_t I = count - 1 - Reversed;
      if (I < first_trained && !dx_needed) return;
      const auto stage = part<I>(self);
      const Gradients<Stage<I>, typename decltype(self)::Mode> own{grad.gradients + begin[I].parameters};
      const auto in = input<I == 0>(self, x, I);
      const auto with_din = [&](auto out, auto dout) {
        if constexpr (I == 0) {
          into_matrix<!in_room>(self, dx, in_at, [&](auto to) { run_back(self, stage, own, in, out, dout, to); });
        } else {
          auto din = passing(self, I);
          if (I == first_trained && !dx_needed) din.rows = 0;
          run_back(self, stage, own, in, out, dout, din);
        }
      };
      if constexpr (I + 1 < count) {
        with_din(output(self, I), passing(self, I + 1));
      } else if constexpr (takes_any_dy<Last>() || kernels::is_matrix<decltype(dy)>) {
        with_din(y, dy);
      } else {
        const auto plain = room(self, out_at, width(count));
        kernels::each(
            plain, [](auto d) { return d; }, dy);
        with_din(y, plain);
      }
    });
  }

 private:
  static void over_stages(auto stage) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (stage.template operator()<I>(), ...); }
    (std::make_index_sequence<count>{});
  }

  /// Stage I with its own numbers.
  template <std::size_t I>
  static auto part(const auto& self) {
    constexpr Layout at{begin[I].parameters, begin[I].buffers, begin[I].saved, stage_scratch};
    return self.template child<Stage<I>>(at, width(I), self.inside(plan.first[I]));
  }

  // What follows takes a stage's number, if any, at run time: compilers make it once for all stages, or for those of one
  // type, instead of forty times for a deep net.

  static void run_back(const auto& self, const auto& stage, const auto& own, const auto& in, const auto& out,
                       const auto& dout, const auto& din) {
    stage.backward(own, in, out, dout, din);
    self.announce_gradients_from(own.gradients);
  }

  template <class S>
  static auto room(const S& self, Size at, std::size_t cols) {
    return kernels::Matrix<typename S::T, typename S::Isa, typename S::Mode::Rows>{self.scratch + at(self.capacity),
                                                                                   self.rows, cols};
  }
  /// What enters stage i in prediction.
  template <class S>
  static auto between(const S& self, [[maybe_unused]] const auto& y, std::size_t i) {
    auto to = passing(self, i);
    if constexpr (lends)
      if ((count - i) % 2 == 0) to.data = y.raw().data;
    return to;
  }
  /// The same in training: the gradient of what enters stage i.
  static auto passing(const auto& self, std::size_t i) {
    return room(self, Size{0, (count - i) % 2 == 1 ? 0 : widest(1)}, width(i));
  }
  /// What leaves stage i in training, kept for backward.
  template <class S>
  static auto output(const S& self, std::size_t i) {
    const Size at{begin[i + 1].saved.fixed, begin[i + 1].saved.per_row - width(i + 1)};
    return kernels::Matrix<typename S::T, typename S::Isa>{self.training.saved + at(self.capacity), self.rows,
                                                           width(i + 1)};
  }
  template <bool first>
  static auto input(const auto& self, const auto& x, [[maybe_unused]] std::size_t i) {
    if constexpr (first) return x;
    else return output(self, i - 1);
  }

  /// Runs write(to), by way of a plain matrix where the stage can't write to `to` itself.
  template <bool any_destination, class To>
  static void into_matrix(const auto& self, const To& to, Size at, const auto& write) {
    if constexpr (any_destination || kernels::is_matrix<To>) {
      write(to);
    } else {
      auto plain = room(self, at, to.cols);
      if constexpr (!kernels::is_one_row<To>) plain.rows = to.rows;  // none where nobody needs it
      write(plain);
      kernels::each(
          to, [](auto number) { return number; }, plain);
    }
  }
};

}  // namespace evomlp::detail
