// SPDX-License-Identifier: MIT
// The graph that a network is, found in the graph of a file.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/io/onnx_view.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/tensor_shape.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evomlp::detail::onnx {

/// Where a parameter's numbers are.
struct Weight {
  const Tensor* tensor = nullptr;
  bool transposed = false;  // a matrix as [in, out]
};

/// A difference, and which of the network's nodes it is at.
struct Fault {
  std::size_t place = 0;
  std::string text{};
};

/// Goes from the output back to the input, through both graphs at once, and keeps what differs. Both must outlive it.
/// What a file's output doesn't depend on is not looked at.
class Match {
 public:
  Match(const Graph& expected, const Graph& got, std::span<const ParameterInfo> parameters)
      : parameters_(parameters), weights_(parameters.size()), expected_(expected, kinds_), got_(got, kinds_) {
    compare_inputs(expected.inputs.at(0), got);
    if (got.outputs.size() != 1) fault(concat({"the graph has ", got.outputs.size(), " outputs, expected 1"}));
    if (got.inputs.size() == 1 && got.outputs.size() == 1) {
      type_ = expected.inputs[0].type;
      expected_graph_ = &expected;
      todo_.push_back({expected.outputs.at(0), got.outputs[0], false, 0});
      while (!todo_.empty()) {
        const Pair pair = std::move(todo_.back());
        todo_.pop_back();
        compare(pair);
      }
    }
    std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) { return a.place < b.place; });
  }

  /// What differs, in the order in which the network runs.
  const std::vector<Fault>& faults() const { return faults_; }

  /// By place in `parameters`; all there are if there is no fault.
  const std::vector<Weight>& weights() const { return weights_; }

 private:
  struct Pair {
    std::string expected, got;
    bool transposed;    // the matrix lies the other way
    std::size_t place;  // of the network's node that takes it
  };

  void fault(const std::string& text) { faults_.push_back({place_, text}); }

  void compare_inputs(const Input& expected, const Graph& got) {
    if (got.inputs.size() != 1) {
      fault(concat({"the graph has ", got.inputs.size(), " inputs, expected 1"}));
      return;
    }
    const Input& input = got.inputs[0];
    const std::uint64_t width = expected.shape.at(1);
    const std::string text = concat({"the input ", in_quotes(input.name), ": got "});
    if (input.type != expected.type)
      fault(concat({text, type_text(input.type), ", expected ", type_text(expected.type)}));
    const auto& shape = input.shape;
    if (!shape.empty() && (shape.size() != 2 || (shape[1] != 0 && shape[1] != width)))
      fault(concat({text, "the shape ", shape_text<std::uint64_t>(shape), ", expected [N, ", width, "]"}));
  }

  void compare(const Pair& pair) {
    const Operation expected = expected_.at(pair.expected), got = got_.at(pair.got);
    const std::vector<Node>& nodes = expected_graph_->nodes;
    place_ = expected.node != nullptr ? static_cast<std::size_t>(expected.node - nodes.data()) : pair.place;
    const auto [partner, is_new] = partners_.emplace(expected.value, got.value);
    if (!is_new) {
      if (partner->second != got.value)
        fault(
            concat({text_of(got), ": expected the same as ", in_quotes(partner->second), " (", wanted(expected), ")"}));
      return;
    }
    const bool is_node = expected.node != nullptr, is_input = expected_.is_input(expected.value);
    const Tensor* const constant = expected_.tensor(expected.value);
    if (pair.transposed && (is_node || is_input || constant != nullptr))
      fault(text_of(got) + ": expected the other transB where it is multiplied");
    if (is_node)
      compare_operations(expected, got);
    else if (constant != nullptr)
      compare_constant(*single_number(*constant), got);
    else if (!is_input)
      compare_parameter(expected.value, got, pair.transposed);
    else if (!got_.is_input(got.value))
      fault(text_of(got) + ": expected the network's input");
  }

  void compare_operations(const Operation& expected, const Operation& got) {
    const bool same = expected.op == got.op;
    if (!same) {
      fault(concat({text_of(got), ": expected ", wanted(expected)}));
      if (expected.inputs.size() != 1 || got.inputs.size() != 1) return;
    } else {
      const std::string text = concat({text_of(got), ", ", wanted(expected), ": "});
      if (got.node->outputs.size() > 1) fault(concat({text, "got ", got.node->outputs.size(), " results, expected 1"}));
      if (expected.inputs.size() != got.inputs.size())
        fault(concat({text, "got ", got.inputs.size(), " inputs, expected ", expected.inputs.size()}));
      compare_attributes(text, expected, got);
    }
    std::vector<std::string> inputs = got.inputs;
    if (same && View::is_commutative(got.op) && inputs.size() == 2 && expected.inputs.size() == 2) {
      const auto straight = alike(expected.inputs[0], inputs[0]) + alike(expected.inputs[1], inputs[1]);
      const auto crossed = alike(expected.inputs[0], inputs[1]) + alike(expected.inputs[1], inputs[0]);
      if (crossed > straight) std::swap(inputs[0], inputs[1]);
    }
    for (std::size_t i = 0; i < (std::min)(inputs.size(), expected.inputs.size()); ++i)
      todo_.push_back({expected.inputs[i], inputs[i], same && i == 1 && expected.transposed != got.transposed, place_});
  }

  /// How much speaks for two values being the same.
  int alike(const std::string& expected, const std::string& got) const {
    const Operation one = expected_.at(expected), other = got_.at(got);
    if (const auto known = partners_.find(one.value); known != partners_.end())
      return known->second == other.value ? 3 : 0;
    return expected_.kind(expected) == got_.kind(got) ? 2 : one.op == other.op ? 1 : 0;
  }

  void compare_attributes(const std::string& text, const Operation& expected, const Operation& got) {
    for (const auto& [name, value] : expected.attributes) {
      const auto place = got.attributes.find(name);
      if (place == got.attributes.end())
        fault(concat({text, "got no attribute ", in_quotes(name), ", expected ", value_text(value)}));
      else if (place->second != value)
        fault(concat({text, "got the attribute ", in_quotes(name), " ", value_text(place->second), ", expected ",
                      value_text(value)}));
    }
    for (const auto& [name, value] : got.attributes)
      if (!expected.attributes.contains(name))
        fault(concat({text, "got the attribute ", in_quotes(name), ", expected none"}));
  }

  void compare_constant(double expected, const Operation& got) {
    const Tensor* const tensor = got_.tensor(got.value);
    const auto number = tensor != nullptr ? single_number(*tensor) : std::nullopt;
    const bool equal = number && (*number == expected || static_cast<float>(*number) == static_cast<float>(expected));
    if (!equal)
      fault(concat({text_of(got), ": got ", number ? number_text(*number) : "no single number",
                    ", expected the number ", expected}));
  }

  void compare_parameter(const std::string& key, const Operation& got, bool transposed) {
    std::size_t place = 0;
    while (place < parameters_.size() && parameters_[place].key != key) ++place;
    const ParameterInfo& info = parameters_[place];
    const Tensor* const tensor = got_.tensor(got.value);
    std::vector<std::uint64_t> shape;
    if (info.rank == 2) shape.push_back(transposed ? info.in : info.out);
    shape.push_back(info.rank == 2 && !transposed ? info.in : info.out);
    if (tensor == nullptr)
      fault(concat({text_of(got), ": expected an initializer for ", in_quotes(key)}));
    else if (tensor->type != type_ || tensor->shape != shape)
      fault(concat({text_of(got), " for ", in_quotes(key), ": got ", type_text(tensor->type), " ",
                    shape_text<std::uint64_t>(tensor->shape), ", expected ", type_text(type_), " ",
                    shape_text<std::uint64_t>(shape)}));
    else
      weights_[place] = {tensor, transposed};
  }

  /// Something of the file, in a message: the node "Relu_3" (Relu).
  std::string text_of(const Operation& got) const {
    if (got.node != nullptr)
      return concat(
          {"the node ", in_quotes(got.node->name.empty() ? got.value : got.node->name), " (", got.node->op, ")"});
    if (got_.is_input(got.value)) return "the input " + in_quotes(got.value);
    return (got_.tensor(got.value) != nullptr ? "the initializer " : "the value ") + in_quotes(got.value);
  }
  /// Something of the network, in a message: Relu of the layer "2.0.body.1".
  std::string wanted(const Operation& expected) const {
    if (expected.node == nullptr) return in_quotes(expected.value);
    const std::size_t slash = expected.node->name.rfind('/');
    return expected.op + (slash == std::string::npos
                              ? ""
                              : " of the layer " + in_quotes(std::string_view(expected.node->name).substr(0, slash)));
  }
  static std::string value_text(const OnnxNumber& value) {
    if (const auto* const whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    return number_text(static_cast<double>(std::get<float>(value)), 7);
  }

  std::span<const ParameterInfo> parameters_;
  std::vector<Weight> weights_;
  std::vector<Fault> faults_;
  std::map<std::string, int> kinds_;
  View expected_, got_;
  const Graph* expected_graph_ = nullptr;
  std::int64_t type_ = 0;
  std::size_t place_ = 0;  // of the network's node that is looked at
  std::map<std::string, std::string> partners_;
  std::vector<Pair> todo_;
};

}  // namespace evomlp::detail::onnx
