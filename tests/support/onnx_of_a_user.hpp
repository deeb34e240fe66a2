// SPDX-License-Identifier: MIT
// What the layers of layers_of_a_user.hpp are in ONNX, as their author would say it.
#pragma once

#include "evomlp/io/onnx_layers.hpp"
#include "support/layers_of_a_user.hpp"

#include <cstddef>

namespace evomlp_test {

inline evomlp::OnnxValue in_onnx(Swish, evomlp::OnnxGraph& graph, evomlp::OnnxValue x) {
  return in_onnx(evomlp::SiLU{}, graph, x);
}

inline evomlp::OnnxValue in_onnx(Softsign, evomlp::OnnxGraph& graph, evomlp::OnnxValue x) {
  return graph.float_node("Softsign", x);
}

template <std::size_t N>
evomlp::OnnxValue in_onnx(SquareGain<N> layer, evomlp::OnnxGraph& graph, evomlp::OnnxValue x) {
  const evomlp::OnnxValue square = graph.node("Mul", {x, x});
  return graph.node("Mul", {square, graph.value_of(layer.gain)});
}

template <class L, class Drop>
evomlp::OnnxValue in_onnx(OwnBlock<L, Drop> block, evomlp::OnnxGraph& graph, evomlp::OnnxValue x) {
  const evomlp::OnnxValue dropped = graph.layer(block.drop, x);
  return graph.node("Add", {x, graph.layer(block.layer, dropped)});
}

}  // namespace evomlp_test
