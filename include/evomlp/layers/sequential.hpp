// SPDX-License-Identifier: MIT
// Sequential: one layer after the other. The network is one, and so is the body of a block.
#pragma once

#include "evomlp/compose/pipeline.hpp"
#include "evomlp/compose/structure.hpp"

#include <cstddef>

namespace evomlp {

/// The layers Ls… one after the other; x (batch, in_features), y (batch, out_features). Widths that don't fit are a
/// compile error. A Sequential may hold others: they run as one list, and only the keys show the nesting.
///
/// As a network: num_parameters; num_layers, those with a weight matrix; num_modules, those that hold no others.
template <class... Ls>
struct Sequential {
  using Modules = detail::List<Ls...>;
  static_assert(detail::Widths<Modules>::check());
  using Pipeline = detail::Pipeline<Modules>;

  static constexpr std::size_t in_features = detail::Widths<Modules>::at[0];
  static constexpr std::size_t out_features = detail::Widths<Modules>::at[sizeof...(Ls)];
  static constexpr detail::Layout layout = Pipeline::layout;
  static constexpr std::size_t num_parameters = layout.parameters;

  static constexpr std::size_t num_layers = detail::counts_of<Sequential>.layers;
  static constexpr std::size_t num_modules = detail::counts_of<Sequential>.modules;

  static void predict(auto self, auto x, auto y) { Pipeline::predict(self, x, y); }
  static void forward(auto self, auto x, auto y) { Pipeline::forward(self, x, y); }
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) { Pipeline::backward(self, grad, x, y, dy, dx); }
};

}  // namespace evomlp
