// SPDX-License-Identifier: MIT
// Sequential: one layer after the other. The network is one, and so is the body of a block.
#pragma once

#include "evomlp/compose/layer_list.hpp"

namespace evomlp {

/// The layers Ls… one after the other; x (batch, in_features), y (batch, out_features). Widths that don't fit are a
/// compile error. A Sequential may hold others: they run as one list, and only the keys show the nesting.
///
/// As a network: num_parameters; num_layers, those with a weight matrix; num_modules, those that hold no others.
template <class... Ls>
struct Sequential : detail::LayerList<detail::List<Ls...>> {};

}  // namespace evomlp
