// SPDX-License-Identifier: MIT
// What each layer is in ONNX.
#pragma once

#include "evomlp/io/onnx_graph.hpp"
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/elu.hpp"
#include "evomlp/layers/feature_scaling.hpp"
#include "evomlp/layers/gelu.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/identity.hpp"
#include "evomlp/layers/layer_norm.hpp"
#include "evomlp/layers/leaky_relu.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/projected_residual_block.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/rezero_block.hpp"
#include "evomlp/layers/sigmoid.hpp"
#include "evomlp/layers/silu.hpp"
#include "evomlp/layers/softmax.hpp"
#include "evomlp/layers/softplus.hpp"
#include "evomlp/layers/tanh.hpp"

#include <cstddef>
#include <cstdint>
#include <numbers>

namespace evomlp {

/// Sequential, Repeat.
template <detail::IsList L>
OnnxValue in_onnx(L, OnnxGraph& graph, const OnnxValue& x) {
  return graph.layers(typename L::Modules{}, x);
}

/// transB: the weight lies as [out, in], as in PyTorch's files.
template <std::size_t In, std::size_t Out>
OnnxValue in_onnx(Linear<In, Out, true> linear, OnnxGraph& graph, const OnnxValue& x) {
  return graph.node("Gemm", {x, graph.value_of(linear.weight), graph.value_of(linear.bias)}, {{"transB", 1}});
}
template <std::size_t In, std::size_t Out>
OnnxValue in_onnx(Linear<In, Out, false> linear, OnnxGraph& graph, const OnnxValue& x) {
  return graph.node("Gemm", {x, graph.value_of(linear.weight)}, {{"transB", 1}});
}

template <std::size_t N, RunningVariance running, Real momentum, Real eps>
OnnxValue in_onnx(BatchNorm1d<N, running, momentum, eps> norm, OnnxGraph& graph, const OnnxValue& x) {
  return graph.node("BatchNormalization",
                    {x, graph.value_of(norm.weight), graph.value_of(norm.bias), graph.value_of(norm.running_mean),
                     graph.value_of(norm.running_var)},
                    {{"epsilon", static_cast<float>(eps.value())}});
}

/// Since opset 17; before, six operators said it.
template <std::size_t N, Real eps>
OnnxValue in_onnx(LayerNorm<N, eps> norm, OnnxGraph& graph, const OnnxValue& x) {
  graph.needs_opset(17);
  return graph.node("LayerNormalization", {x, graph.value_of(norm.weight), graph.value_of(norm.bias)},
                    {{"epsilon", static_cast<float>(eps.value())}});
}

template <std::size_t N>
OnnxValue in_onnx(FeatureScaling<N> scaling, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue moved = graph.node("Sub", {x, graph.value_of(scaling.offset)});
  const OnnxValue centred = graph.node("Sub", {moved, graph.value_of(scaling.offset_rest)});
  return graph.node("Div", {centred, graph.value_of(scaling.scale)});
}

// ---- activations ---------------------------------------------------------------------------------------------------

inline OnnxValue in_onnx(Identity, OnnxGraph& graph, const OnnxValue& x) { return graph.node("Identity", {x}); }
template <Real p>
OnnxValue in_onnx(Dropout<p>, OnnxGraph& graph, const OnnxValue& x) {
  return graph.node("Identity", {x});
}
inline OnnxValue in_onnx(ReLU, OnnxGraph& graph, const OnnxValue& x) { return graph.node("Relu", {x}); }
template <Real slope>
OnnxValue in_onnx(LeakyReLU<slope>, OnnxGraph& graph, const OnnxValue& x) {
  return graph.float_node("LeakyRelu", x, {{"alpha", static_cast<float>(slope.value())}});
}
template <Real alpha>
OnnxValue in_onnx(ELU<alpha>, OnnxGraph& graph, const OnnxValue& x) {
  return graph.float_node("Elu", x, {{"alpha", static_cast<float>(alpha.value())}});
}
inline OnnxValue in_onnx(Softplus, OnnxGraph& graph, const OnnxValue& x) { return graph.float_node("Softplus", x); }
inline OnnxValue in_onnx(Sigmoid, OnnxGraph& graph, const OnnxValue& x) { return graph.node("Sigmoid", {x}); }
inline OnnxValue in_onnx(Tanh, OnnxGraph& graph, const OnnxValue& x) { return graph.node("Tanh", {x}); }
/// x · Sigmoid(x). In double x comes by way of a Max of one value: ONNX Runtime (1.30) would take the product for its
/// QuickGelu, which it has for float alone, and fail.
inline OnnxValue in_onnx(SiLU, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue gate = graph.node("Sigmoid", {x});
  return graph.node("Mul", {graph.is_double() ? graph.node("Max", {x}) : x, gate});
}
/// x (1 + erf(x / √2)) / 2: opset 13 has no GELU.
inline OnnxValue in_onnx(GELU, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue scaled = graph.node("Div", {x, graph.constant(std::numbers::sqrt2)});
  const OnnxValue sum = graph.node("Add", {graph.float_node("Erf", scaled), graph.constant(1)});
  const OnnxValue product = graph.node("Mul", {x, sum});
  return graph.node("Mul", {product, graph.constant(0.5)});
}
inline OnnxValue in_onnx(Softmax, OnnxGraph& graph, const OnnxValue& x) {
  return graph.node("Softmax", {x}, {{"axis", -1}});
}

// ---- blocks --------------------------------------------------------------------------------------------------------

namespace detail {

/// x + factor · f.
inline OnnxValue added_in_onnx(OnnxGraph& graph, const OnnxValue& x, const OnnxValue& factor, const OnnxValue& f) {
  const OnnxValue scaled = graph.node("Mul", {f, factor});
  return graph.node("Add", {x, scaled});
}

}  // namespace detail

template <Real lambda, class... Ls>
OnnxValue in_onnx(ResidualBlock<lambda, Ls...> block, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue f = graph.layer(block.body, x);
  return detail::added_in_onnx(graph, x, graph.constant(lambda.value()), f);
}
template <Real lambda, class Shortcut, class... Ls>
OnnxValue in_onnx(ProjectedResidualBlock<lambda, Shortcut, Ls...> block, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue s = graph.layer(block.shortcut, x);
  const OnnxValue f = graph.layer(block.body, x);
  return detail::added_in_onnx(graph, s, graph.constant(lambda.value()), f);
}
template <class... Ls>
OnnxValue in_onnx(ReZeroBlock<Ls...> block, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue f = graph.layer(block.body, x);
  return detail::added_in_onnx(graph, x, graph.value_of(block.alpha), f);
}
template <class... Ls>
OnnxValue in_onnx(HighwayBlock<Ls...> block, OnnxGraph& graph, const OnnxValue& x) {
  const OnnxValue gate = graph.node("Sigmoid", {graph.layer(block.gate, x)});
  const OnnxValue f = graph.layer(block.body, x);
  const OnnxValue through = graph.node("Mul", {gate, f});
  const OnnxValue rest = graph.node("Sub", {graph.constant(1), gate});
  const OnnxValue carried = graph.node("Mul", {rest, x});
  return graph.node("Add", {through, carried});
}

}  // namespace evomlp
