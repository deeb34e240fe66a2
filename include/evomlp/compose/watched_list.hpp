// SPDX-License-Identifier: MIT
// A list of layers run one by one, unfused, for an observer.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/compose/widths.hpp"
#include "evomlp/contract/self.hpp"
#include "evomlp/core/view.hpp"

#include <cstddef>
#include <utility>

namespace evomlp::detail {

/// Modules: the list as written. The memory between the layers, and what each of them needs, is the observer's
/// (`self.watch.by`): the network's own layout is that of the fused list.
template <class Modules>
struct WatchedList {
  using FlatList = flat<Modules>;
  using W = Widths<FlatList>;
  static constexpr std::size_t last = W::count - 1;

  /// The observer may put one layer in another's place.
  static void predict(auto self, auto x, auto y) {
    auto* const by = self.watch.by;
    auto in = input(self, x);
    for (std::size_t i = 0; i <= last; ++i) {
      const std::size_t which = by->choose(i, flat_names<Modules>, W::at);
      const auto run = [&](const auto& to) {
        over_layers([&]<std::size_t I>() {
          if (I == which) layer<I>(self).predict(in, to);
        });
      };
      if (i == last) return run(y);
      const auto out = by->template room<typename decltype(self)::Isa>(self.rows, W::at[i + 1]);
      run(out);
      in = input(self, out);
    }
  }

  static void forward(auto self, auto x, auto y) {
    over_layers([&]<std::size_t I>() {
      if constexpr (I < last) layer<I>(self).forward(entered<I>(self, x), left<I>(self));
      else layer<I>(self).forward(entered<I>(self, x), y);
    });
  }

  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    using Mode = typename decltype(self)::Mode;
    over_layers([&]<std::size_t Reversed>() {
      constexpr std::size_t I = last - Reversed;
      const auto run = [&](const auto& out, const auto& dout) {
        const Gradients<element<I, FlatList>, Mode> own{grad.gradients + flat_begin<FlatList>[I].parameters};
        if constexpr (I > 0) layer<I>(self).backward(own, entered<I>(self, x), out, dout, gradient_left<I - 1>(self));
        else layer<I>(self).backward(own, entered<I>(self, x), out, dout, dx);
      };
      if constexpr (I < last) run(left<I>(self), gradient_left<I>(self));
      else run(y, dy);
    });
  }

 private:
  static void over_layers(auto one) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (one.template operator()<I>(), ...); }
    (std::make_index_sequence<W::count>{});
  }

  template <class S>
  static kernels::Matrix<const typename S::T, typename S::Isa> input(const S&, const auto& x) {
    return {x.data, x.rows, x.cols};
  }

  /// The handle of layer I, with memory of its own.
  template <std::size_t I>
  static auto layer(const auto& self) {
    constexpr Layout at{flat_begin<FlatList>[I].parameters, flat_begin<FlatList>[I].buffers, {}, {}};
    return self.watch.by->with_memory(
        self.template child<element<I, FlatList>>(at, W::at[I], self.inside(I), flat_names<Modules>[I].view()));
  }

  /// What entered layer I in training, what left it, and the gradient of that.
  template <std::size_t I>
  static auto entered(const auto& self, const auto& x) {
    if constexpr (I == 0) return input(self, x);
    else return input(self, left<I - 1>(self));
  }
  template <std::size_t I, class S>
  static auto left(const S& self) {
    return self.watch.by->template output<typename S::Isa>(self.inside(I), self.rows, W::at[I + 1]);
  }
  template <std::size_t I, class S>
  static auto gradient_left(const S& self) {
    return self.watch.by->template output_gradient<typename S::Isa>(self.inside(I), self.rows, W::at[I + 1]);
  }
};

}  // namespace evomlp::detail
