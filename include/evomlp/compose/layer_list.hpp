// SPDX-License-Identifier: MIT
// What Sequential and Repeat have in common: a list of layers that is a layer.
#pragma once

#include "evomlp/compose/pipeline.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/compose/watched_list.hpp"

#include <cstddef>
#include <type_traits>

namespace evomlp::detail {

/// List: the layers in the order written. Its children are named by position.
template <class List>
struct LayerList {
  using Modules = List;
  static_assert(Widths<Modules>::check());
  using Stages = Pipeline<Modules>;

  static constexpr std::size_t in_features = Widths<Modules>::at[0];
  static constexpr std::size_t out_features = Widths<Modules>::at[Modules::size];
  static constexpr Layout layout = Stages::layout;

  static constexpr std::size_t num_parameters = layout.parameters;
  static constexpr std::size_t num_layers = counts_of<LayerList>.layers;
  static constexpr std::size_t num_modules = counts_of<LayerList>.modules;

  /// What runs the list: fused stages, or the layers one by one for an observer.
  template <class S>
  using Run = std::conditional_t<S::Mode::watched, WatchedList<Modules>, Stages>;

  template <class S>
  static void predict(const S& self, const auto& x, const auto& y) { Run<S>::predict(self, x, y); }
  template <class S>
  static void forward(S self, auto x, auto y) { Run<S>::forward(self, x, y); }
  template <class S>
  static void backward(S self, auto grad, auto x, auto y, auto dy, auto dx) {
    Run<S>::backward(self, grad, x, y, dy, dx);
  }
};

}  // namespace evomlp::detail
