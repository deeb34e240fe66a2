// SPDX-License-Identifier: MIT
// What an observer meets: a layer at its place in the network.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/contract/self.hpp"

#include <string_view>

namespace evomlp {

/// One layer, as the visitor of a walk and a probe in its forward pass meet it.
template <class SelfOfLayer>
struct Node {
  using Layer = typename SelfOfLayer::Layer;  // the layer's type

  std::string_view path;  // "2.0.body.0", "" for the network itself
  SelfOfLayer self;       // its numbers: node.self[Layer::weight]

  /// A layer without layers inside.
  static constexpr bool is_leaf = detail::is_leaf<Layer>;
};

/// One layer, as a probe meets it in the backward pass.
template <class SelfOfLayer, class GradientsOfLayer>
struct BackwardNode : Node<SelfOfLayer> {
  GradientsOfLayer grad;  // of its parameters: node.grad[Layer::weight]
};

}  // namespace evomlp
