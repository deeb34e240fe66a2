// SPDX-License-Identifier: MIT
// What Sequential and Repeat have in common: a list of layers that is a layer.
#pragma once

#include "evomlp/compose/pipeline.hpp"
#include "evomlp/compose/structure.hpp"

#include <cstddef>

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

  static void predict(const auto& self, const auto& x, const auto& y) { Stages::predict(self, x, y); }
  static void forward(auto self, auto x, auto y) { Stages::forward(self, x, y); }
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    Stages::backward(self, grad, x, y, dy, dx);
  }
};

}  // namespace evomlp::detail
