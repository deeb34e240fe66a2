// SPDX-License-Identifier: MIT
// An ONNX graph as it is compared: what changes nothing left out, what can be said in several ways said in one.
#pragma once

#include "evomlp/io/dtype.hpp"
#include "evomlp/io/onnx_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evomlp::detail::onnx {

/// The number of a tensor that has just one.
inline std::optional<double> single_number(const Tensor& tensor) {
  if (tensor.type == float_type && tensor.data.size() == sizeof(float))
    return static_cast<double>(read_little_endian<float>(tensor.data.data()));
  if (tensor.type == double_type && tensor.data.size() == sizeof(double))
    return read_little_endian<double>(tensor.data.data());
  return std::nullopt;
}

/// What gives a value: an operator, or, without a node, the graph's input or a tensor.
struct Operation {
  std::string value{};  // its name, behind all that passes it on
  const Node* node = nullptr;
  std::string op{};
  std::vector<std::string> inputs{};
  std::map<std::string, OnnxNumber> attributes{};  // with ONNX's defaults, without what makes no difference
  bool transposed = false;                         // Gemm's transB
};

/// Passed over: Identity, Dropout (outside of training), Cast between float and double, Max of one value, a product
/// with the number 1 (of shape [], which no parameter has). MatMul with a tensor and the sum of a product and a tensor
/// are a Gemm. Everything goes by the order of the nodes, so that no file is too deep.
class View {
 public:
  /// `kinds` numbers the ways to come to a value; two views that share it can be compared.
  View(const Graph& graph, std::map<std::string, int>& kinds) : graph_(graph) {
    for (const Node& node : graph.nodes) {
      if (node.outputs.empty()) continue;
      const std::string& result = node.outputs[0];
      if (const std::string* const same = passed(node))
        same_as_.emplace(result, resolved(*same));
      else
        node_of_.emplace(result, &node);
    }
    for (const Node& node : graph.nodes) {
      if (node.outputs.empty() || !node_of_.contains(node.outputs[0])) continue;
      const Operation operation = at(node.outputs[0]);
      std::vector<int> from;
      for (const std::string& input : operation.inputs) from.push_back(kind(input));
      if (is_commutative(operation.op)) std::sort(from.begin(), from.end());
      std::string text = operation.op;
      for (const int one : from) text.append(",").append(std::to_string(one));
      kind_of_.emplace(node.outputs[0], kinds.emplace(text, static_cast<int>(kinds.size())).first->second);
    }
  }

  static bool is_commutative(std::string_view op) { return op == "Add" || op == "Mul"; }

  Operation at(const std::string& value) const {
    Operation result{.value = resolved(value)};
    const auto place = node_of_.find(result.value);
    if (place == node_of_.end()) return result;
    const Node& node = *place->second;
    result.node = &node;
    result.op = node.op;
    result.inputs = node.inputs;
    result.attributes = node.attributes;
    if (is_product(node)) {
      result.op = "Gemm";
    } else if (const auto sum = product_and_tensor(node)) {
      result.op = "Gemm";
      result.attributes = sum->product->attributes;
      result.inputs = sum->product->inputs;
      result.inputs.push_back(*sum->tensor);
    }
    settle_attributes(result.op, result.attributes);
    if (result.op == "Gemm") {
      const OnnxNumber transposed = result.attributes["transB"];
      result.transposed = transposed == OnnxNumber(std::int64_t{1});
      if (result.transposed || transposed == OnnxNumber(std::int64_t{0})) result.attributes.erase("transB");
    }
    return result;
  }

  /// Equal for values that the same operators give; the numbers in tensors don't count.
  int kind(const std::string& value) const {
    const auto place = kind_of_.find(resolved(value));
    return place != kind_of_.end() ? place->second : is_input(resolved(value)) ? -1 : -2;
  }

  bool is_input(const std::string& value) const { return !graph_.inputs.empty() && graph_.inputs[0].name == value; }
  const Tensor* tensor(const std::string& value) const {
    const auto place = graph_.tensors.find(resolved(value));
    return place == graph_.tensors.end() ? nullptr : &place->second;
  }

 private:
  const std::string& resolved(const std::string& value) const {
    const auto place = same_as_.find(value);
    return place == same_as_.end() ? value : place->second;
  }

  /// The input that a node gives on as it is, or nullptr.
  const std::string* passed(const Node& node) const {
    const std::size_t count = node.inputs.size();
    if (((node.op == "Identity" || node.op == "Max") && count == 1) ||
        (node.op == "Dropout" && (count == 1 || count == 2)))
      return &node.inputs.front();
    if (node.op == "Cast" && count == 1) {
      const auto to = node.attributes.find("to");
      if (to == node.attributes.end()) return nullptr;
      return to->second == OnnxNumber(float_type) || to->second == OnnxNumber(double_type) ? &node.inputs.front()
                                                                                           : nullptr;
    }
    if (node.op == "Mul" && count == 2)
      for (std::size_t i = 0; i < 2; ++i)
        if (const Tensor* const factor = tensor(node.inputs[i]);
            factor != nullptr && factor->shape.empty() && single_number(*factor) == 1.0)
          return &node.inputs[1 - i];
    return nullptr;
  }

  bool is_product(const Node& node) const {
    return (node.op == "MatMul" || node.op == "Gemm") && node.inputs.size() == 2 && is_given(node.inputs[1]);
  }
  struct Sum {
    const Node* product;
    const std::string* tensor;
  };
  std::optional<Sum> product_and_tensor(const Node& node) const {
    if (node.op != "Add" || node.inputs.size() != 2) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto place = node_of_.find(resolved(node.inputs[i]));
      if (place != node_of_.end() && is_product(*place->second) && is_given(node.inputs[1 - i]))
        return Sum{place->second, &node.inputs[1 - i]};
    }
    return std::nullopt;
  }
  /// Neither the input nor what a node gives: a tensor, also one whose numbers aren't here.
  bool is_given(const std::string& value) const {
    return !is_input(resolved(value)) && !node_of_.contains(resolved(value));
  }

  /// ONNX's defaults where nothing is said, and nothing that makes no difference.
  static void settle_attributes(std::string_view op, std::map<std::string, OnnxNumber>& attributes) {
    struct Default {
      std::string_view op, name;
      OnnxNumber value;
    };
    const std::array<Default, 11> defaults{{{"Gemm", "alpha", 1.0F},
                                            {"Gemm", "beta", 1.0F},
                                            {"Gemm", "transA", std::int64_t{0}},
                                            {"Gemm", "transB", std::int64_t{0}},
                                            {"BatchNormalization", "epsilon", 1e-5F},
                                            {"BatchNormalization", "training_mode", std::int64_t{0}},
                                            {"LayerNormalization", "axis", std::int64_t{-1}},
                                            {"LayerNormalization", "epsilon", 1e-5F},
                                            {"Elu", "alpha", 1.0F},
                                            {"LeakyRelu", "alpha", 0.01F},
                                            {"Softmax", "axis", std::int64_t{-1}}}};
    for (const Default& one : defaults)
      if (one.op == op) attributes.emplace(one.name, one.value);
    if (op == "BatchNormalization") attributes.erase("momentum");
    if (op == "LayerNormalization") attributes.erase("stash_type");  // a precision that may be used within
    if ((op == "Softmax" || op == "LayerNormalization") && attributes["axis"] == OnnxNumber(std::int64_t{1}))
      attributes["axis"] = std::int64_t{-1};  // the same of a matrix
  }

  const Graph& graph_;
  std::map<std::string, std::string> same_as_;
  std::map<std::string, const Node*> node_of_;
  std::map<std::string, int> kind_of_;
};

}  // namespace evomlp::detail::onnx
