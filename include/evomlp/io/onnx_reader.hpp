// SPDX-License-Identifier: MIT
// The bytes of an ONNX file as a graph.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/io/onnx_model.hpp"
#include "evomlp/io/protobuf_reader.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/tensor_shape.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail::onnx {

/// Reads one file. The depth of messages inside messages is that of the functions here: nothing calls itself.
class Reader {
 public:
  /// `name` begins the messages. Throws FileError, as all here.
  Reader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), file_(name) {}

  Graph read() {
    std::optional<std::uint64_t> opset;
    bool has_graph = false;
    const std::string damaged = file_ + ": is no ONNX file, or damaged";
    ProtobufReader model(bytes_, damaged, "model");
    while (model.next()) {
      if (model.field() == model_proto::graph) {
        if (has_graph) model.fault("has a second graph");
        has_graph = true;
        read_graph(model.message("graph"));
      } else if (model.field() == model_proto::opset_import) {
        read_opset(model.message("opset"), opset);
      }
    }
    const std::string size = concat({" in its ", bytes_.size(), " bytes"});
    if (!has_graph) throw FileError(concat({file_, ": is no ONNX file, or truncated: has no graph", size}));
    if (!opset) throw FileError(concat({file_, ": is no ONNX file, or truncated: names no operator set", size}));
    if (*opset < oldest_opset || *opset > newest_opset)
      throw FileError(
          concat({file_, ": got the operator set ", *opset, ", expected ", oldest_opset, " to ", newest_opset}));
    require_order();
    return std::move(graph_);
  }

 private:
  static void read_opset(ProtobufReader set, std::optional<std::uint64_t>& opset) {
    std::string domain;
    std::uint64_t version = 0;
    while (set.next()) {
      if (set.field() == opset_id::domain) domain = set.text();
      if (set.field() == opset_id::version) version = set.number();
    }
    if (is_standard(domain)) opset = version;
  }
  static bool is_standard(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

  void read_graph(ProtobufReader graph) {
    while (graph.next()) {
      switch (graph.field()) {
        case graph_proto::node: read_node(graph.message("node")); break;
        case graph_proto::initializer: {
          auto [name, tensor] = read_tensor(graph.message("initializer"));
          if (!graph_.tensors.emplace(name, std::move(tensor)).second)
            graph.fault(concat({"has the initializer ", in_quotes(name), " twice"}));
          break;
        }
        case graph_proto::input: graph_.inputs.push_back(read_input(graph.message("input"))); break;
        case graph_proto::output: graph_.outputs.push_back(read_input(graph.message("output")).name); break;
        case graph_proto::sparse_initializer: graph.fault("has a sparse initializer, which is not read"); break;
        default: break;
      }
    }
  }

  void read_node(ProtobufReader message) {
    Node node;
    std::string domain;
    std::optional<Tensor> constant;
    while (message.next()) {
      switch (message.field()) {
        case node_proto::input: node.inputs.push_back(message.text()); break;
        case node_proto::output: node.outputs.push_back(message.text()); break;
        case node_proto::name: node.name = message.text(); break;
        case node_proto::op_type: node.op = message.text(); break;
        case node_proto::domain: domain = message.text(); break;
        case node_proto::attribute: read_attribute(message.message("attribute"), node, constant); break;
        default: break;
      }
    }
    if (!is_standard(domain)) node.op = domain + "::" + node.op;
    const auto is_odd = [](char c) { return c <= ' ' || c > '~'; };
    if (node.op.empty() || node.op.size() > 200 || std::any_of(node.op.begin(), node.op.end(), is_odd))
      message.fault("has an operator " + in_quotes(node.op));  // so that messages needn't quote it
    while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();  // left out
    while (!node.outputs.empty() && node.outputs.back().empty()) node.outputs.pop_back();
    if (node.op == "Constant" && constant && node.outputs.size() == 1) {
      if (!graph_.tensors.emplace(node.outputs[0], std::move(*constant)).second)
        message.fault(concat({"gives ", in_quotes(node.outputs[0]), ", which is there already"}));
    } else {
      graph_.nodes.push_back(std::move(node));
    }
  }

  /// Floats and whole numbers are kept, and the tensor of a Constant. One of another kind, or without a value, is kept
  /// as a NaN, which equals nothing.
  static void read_attribute(ProtobufReader attribute, Node& node, std::optional<Tensor>& constant) {
    std::string name;
    OnnxNumber value = std::numeric_limits<float>::quiet_NaN();
    while (attribute.next()) {
      switch (attribute.field()) {
        case attribute_proto::name: name = attribute.text(); break;
        case attribute_proto::f: value = attribute.real(); break;
        case attribute_proto::i: value = std::bit_cast<std::int64_t>(attribute.number()); break;
        case attribute_proto::t: constant = read_tensor(attribute.message("tensor")).second; break;
        default: break;
      }
    }
    if (!node.attributes.emplace(name, value).second)
      attribute.fault(concat({"has the name ", in_quotes(name), " again"}));
  }

  static std::pair<std::string, Tensor> read_tensor(ProtobufReader message) {
    std::string name;
    Tensor tensor;
    bool has_raw = false, has_float = false, has_double = false;
    const auto append = [&tensor](std::span<const std::byte> from) {
      tensor.data.insert(tensor.data.end(), from.begin(), from.end());
    };
    while (message.next()) {
      switch (message.field()) {
        case tensor_proto::dims: message.numbers([&](std::uint64_t size) { tensor.shape.push_back(size); }); break;
        case tensor_proto::data_type: tensor.type = std::bit_cast<std::int64_t>(message.number()); break;
        case tensor_proto::name: name = message.text(); break;
        case tensor_proto::raw_data:
          if (has_raw) message.fault("has raw_data twice");
          has_raw = true;
          append(message.bytes());
          break;
        case tensor_proto::float_data:
          has_float = true;
          append(message.reals(sizeof(float)));
          break;
        case tensor_proto::double_data:
          has_double = true;
          append(message.reals(sizeof(double)));
          break;
        case tensor_proto::external_data:
          message.fault("keeps its numbers in another file (external_data), which is not read,");
        case tensor_proto::data_location:
          if (message.number() != 0)
            message.fault("keeps its numbers in another file (data_location), which is not read,");
          break;
        default: break;
      }
    }
    const bool is_float = tensor.type == float_type, is_double = tensor.type == double_type;
    if (!is_float && !is_double) {
      tensor.data.clear();
      return {std::move(name), std::move(tensor)};
    }
    const std::string text = concat({in_quotes(name), " of ", type_text(tensor.type), " "});
    if (int(has_raw) + int(has_float) + int(has_double) > 1 || (is_float ? has_double : has_float))
      message.fault(text + "has its numbers in the wrong field, or in two,");
    const auto expected = byte_count<std::uint64_t>(is_float ? Dtype::f32 : Dtype::f64, tensor.shape);
    if (expected != tensor.data.size())
      message.fault(
          concat({text, shape_text<std::uint64_t>(tensor.shape), " has ", tensor.data.size(), " bytes, expected ",
                  expected ? std::to_string(*expected) : "more than there can be", ","}));
    return {std::move(name), std::move(tensor)};
  }

  static Input read_input(ProtobufReader info) {
    Input input;
    while (info.next()) {
      if (info.field() == value_info::name) input.name = info.text();
      if (info.field() != value_info::type) continue;
      ProtobufReader type = info.message("type");
      while (type.next()) {
        if (type.field() != type_proto::tensor_type) continue;
        ProtobufReader tensor = type.message("tensor type");
        while (tensor.next()) {
          if (tensor.field() == tensor_type::elem_type) input.type = std::bit_cast<std::int64_t>(tensor.number());
          if (tensor.field() == tensor_type::shape) input.shape = read_shape(tensor.message("shape"));
        }
      }
    }
    return input;
  }
  static std::vector<std::uint64_t> read_shape(ProtobufReader shape) {
    std::vector<std::uint64_t> sizes;
    while (shape.next()) {
      if (shape.field() != tensor_shape::dim) continue;
      ProtobufReader dim = shape.message("dimension");
      sizes.push_back(0);
      while (dim.next())
        if (dim.field() == dimension::dim_value) sizes.back() = dim.number();
    }
    return sizes;
  }

  /// Each value is given once, and before it is used: so there is no circle.
  void require_order() {
    std::erase_if(graph_.inputs, [&](const Input& input) { return graph_.tensors.contains(input.name); });
    std::set<std::string_view> known;
    const auto fault = [&](const std::string& what) { throw FileError(concat({file_, ": is damaged: ", what})); };
    const auto add = [&](std::string_view value, const std::string& by) {
      if (graph_.tensors.contains(std::string(value)) || !known.insert(value).second)
        fault(concat({by, " gives ", in_quotes(value), ", which is there already"}));
    };
    for (const Input& input : graph_.inputs) add(input.name, "the graph's input");
    for (const Node& node : graph_.nodes) {
      const std::string text = concat({"the node ", in_quotes(node.name), " (", node.op, ")"});
      for (const std::string& input : node.inputs)
        if (!input.empty() && !known.contains(input) && !graph_.tensors.contains(input))
          fault(concat({text, " takes ", in_quotes(input), ", which is no initializer, input or result before it"}));
      for (const std::string& output : node.outputs)
        if (!output.empty()) add(output, text);
    }
    for (const std::string& output : graph_.outputs)
      if (!known.contains(output) && !graph_.tensors.contains(output))
        fault(concat({"the graph's output ", in_quotes(output), " is given by no node"}));
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  Graph graph_;
};

}  // namespace evomlp::detail::onnx
