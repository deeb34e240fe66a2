// SPDX-License-Identifier: MIT
// A network as operators of ONNX: what to_onnx writes and from_onnx expects. Each layer says once what it is there.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/onnx_model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// A value of an ONNX graph: what enters the network, the result of a node, a parameter or a constant.
struct OnnxValue {
  std::string name;
};

/// A graph in the making. A layer's overload of `in_onnx` adds the layer's nodes:
///
///     OnnxValue in_onnx(Swish, OnnxGraph& graph, OnnxValue x) {
///       const OnnxValue gate = graph.node("Sigmoid", {x});
///       return graph.node("Mul", {x, gate});
///     }
///
/// Found by argument lookup, beside the layer. The operators are those of opset 13, or of what `needs_opset` says; x is
/// a matrix, a sample a row.
class OnnxGraph {
 public:
  using Attributes = std::map<std::string, OnnxNumber>;

  /// For a network that `width` features enter, of numbers of this element type.
  OnnxGraph(std::int64_t type, std::size_t width) { graph_.inputs.push_back({"input", type, {0, width}}); }

  /// The result of a node with one result.
  OnnxValue node(std::string_view op, const std::vector<OnnxValue>& inputs, Attributes attributes = {}) {
    const std::string name = unique(op);
    detail::onnx::Node added{name, std::string(op), {}, {name}, std::move(attributes)};
    for (const OnnxValue& input : inputs) added.inputs.push_back(input.name);
    graph_.nodes.push_back(std::move(added));
    return {name};
  }

  /// The same for an operator that ONNX Runtime knows for float alone (Erf, LeakyRelu, Elu, Softplus): of a double
  /// network's value it is taken in float. One input.
  OnnxValue float_node(std::string_view op, const OnnxValue& x, Attributes attributes = {}) {
    if (!is_double()) return node(op, {x}, std::move(attributes));
    const OnnxValue narrow = node("Cast", {x}, {{"to", detail::onnx::float_type}});
    return node("Cast", {node(op, {narrow}, std::move(attributes))}, {{"to", detail::onnx::double_type}});
  }
  /// For operators newer than those of opset 13: the file then names this set.
  void needs_opset(std::uint64_t version) { graph_.opset = (std::max)(graph_.opset, version); }
  bool is_double() const { return graph_.inputs[0].type == detail::onnx::double_type; }

  /// A number in a formula.
  OnnxValue constant(double value) {
    const std::string name = unique("Constant");
    detail::onnx::Tensor& tensor = graph_.tensors[name];
    tensor.type = graph_.inputs[0].type;
    if (is_double())
      detail::append_little_endian(tensor.data, value);
    else
      detail::append_little_endian(tensor.data, static_cast<float>(value));
    return {name};
  }

  /// A parameter or buffer of the layer, by its tag: a vector, or a matrix as [out, in].
  template <detail::Name n, std::size_t... Shape>
  OnnxValue value_of(Parameter<n, Shape...>) const {
    return {inside(n.view(), '.')};
  }
  template <detail::Name n, std::size_t Size>
  OnnxValue value_of(Buffer<n, Size>) const {
    return {inside(n.view(), '.')};
  }

  /// The result of a child, by its tag.
  template <detail::Name n, class L, std::size_t Width>
  OnnxValue layer(Child<n, L, Width>, const OnnxValue& x) {
    return run<L>(n.view(), x);
  }
  /// The result of the layers of a list, one after the other.
  template <class... Ls>
  OnnxValue layers(detail::List<Ls...>, OnnxValue x) {
    std::size_t index = 0;
    ((x = run<Ls>(index++, x)), ...);
    return x;
  }

  // For to_onnx and from_onnx.

  /// The result of a layer in this place.
  template <class L>
  OnnxValue add(const OnnxValue& x) {
    constexpr bool known = requires(L layer, OnnxGraph& graph) { OnnxValue{in_onnx(layer, graph, x)}; };
    static_assert(known,
                  "evomlp: this layer does not say what it is in ONNX: it lacks "
                  "`OnnxValue in_onnx(Layer, OnnxGraph& graph, OnnxValue x)` beside it");
    if constexpr (known)
      return in_onnx(L{}, *this, x);
    else
      return x;
  }

  /// The graph of a whole network, without the tensors of its parameters.
  template <class Net>
  detail::onnx::Graph finish() {
    OnnxValue y = add<Net>({graph_.inputs[0].name});
    if (graph_.nodes.empty() || graph_.nodes.back().name != y.name) y = node("Identity", {y});
    graph_.nodes.back().outputs = {"output"};
    graph_.outputs = {"output"};
    return std::move(graph_);
  }

 private:
  template <class L, class NameOrIndex>
  OnnxValue run(NameOrIndex name, const OnnxValue& x) {
    const std::size_t before = path_.push(name);
    OnnxValue y = add<L>(x);
    path_.cut(before);
    return y;
  }

  std::string inside(std::string_view name, char separator) const {
    std::string text(path_.view());
    if (!text.empty()) text += separator;
    return text.append(name);
  }
  /// "2.0.body/Add", "2.0.body/Add_1" and so on.
  std::string unique(std::string_view op) {
    const std::string first = inside(op, '/');
    std::string name = first;
    for (int i = 1; !names_.insert(name).second; ++i) name = first + "_" + std::to_string(i);
    return name;
  }

  detail::onnx::Graph graph_;
  std::set<std::string> names_;
  detail::Path path_;
};

}  // namespace evomlp
