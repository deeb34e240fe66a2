// SPDX-License-Identifier: MIT
// A graph as the bytes of an ONNX file.
#pragma once

#include "evomlp/io/onnx_model.hpp"
#include "evomlp/io/protobuf_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evomlp::detail::onnx {

inline void write_tensor(ProtobufWriter& to, const std::string& name, const Tensor& tensor) {
  for (const std::uint64_t size : tensor.shape) to.number(tensor_proto::dims, size);
  to.number(tensor_proto::data_type, static_cast<std::uint64_t>(tensor.type));
  to.text(tensor_proto::name, name);
  to.bytes(tensor_proto::raw_data, tensor.data);
}

inline void write_attribute(ProtobufWriter& to, const std::string& name, const OnnxNumber& value) {
  to.text(attribute_proto::name, name);
  if (const float* const real = std::get_if<float>(&value)) {
    to.real(attribute_proto::f, *real);
    to.number(attribute_proto::type, attribute_proto::is_float);
  } else {
    to.number(attribute_proto::i, static_cast<std::uint64_t>(std::get<std::int64_t>(value)));
    to.number(attribute_proto::type, attribute_proto::is_int);
  }
}

inline void write_node(ProtobufWriter& to, const Node& node) {
  for (const std::string& input : node.inputs) to.text(node_proto::input, input);
  for (const std::string& output : node.outputs) to.text(node_proto::output, output);
  to.text(node_proto::name, node.name);
  to.text(node_proto::op_type, node.op);
  for (const auto& one : node.attributes)  // no structured binding: clang before 16 doesn't capture it
    to.message(node_proto::attribute, [&](ProtobufWriter& inside) { write_attribute(inside, one.first, one.second); });
}

/// A matrix of `width` features in, or out; the number of its rows is called N.
inline void write_value(ProtobufWriter& to, const std::string& name, std::int64_t type, std::uint64_t width) {
  to.text(value_info::name, name);
  to.message(value_info::type, [&](ProtobufWriter& of) {
    of.message(type_proto::tensor_type, [&](ProtobufWriter& tensor) {
      tensor.number(tensor_type::elem_type, static_cast<std::uint64_t>(type));
      tensor.message(tensor_type::shape, [&](ProtobufWriter& shape) {
        shape.message(tensor_shape::dim, [](ProtobufWriter& rows) { rows.text(dimension::dim_param, "N"); });
        shape.message(tensor_shape::dim, [&](ProtobufWriter& cols) { cols.number(dimension::dim_value, width); });
      });
    });
  });
}

/// The file of a graph whose inputs and outputs are matrices of the same type.
inline std::vector<std::byte> write_file_of(const Graph& graph, std::uint64_t out_features, std::string_view version) {
  ProtobufWriter file;
  file.number(model_proto::ir_version, ir_version_of(graph.opset));
  file.text(model_proto::producer_name, "evomlp");
  file.text(model_proto::producer_version, version);
  file.message(model_proto::graph, [&](ProtobufWriter& to) {
    for (const Node& node : graph.nodes)
      to.message(graph_proto::node, [&](ProtobufWriter& inside) { write_node(inside, node); });
    to.text(graph_proto::name, "evomlp");
    for (const auto& one : graph.tensors)
      to.message(graph_proto::initializer,
                 [&](ProtobufWriter& inside) { write_tensor(inside, one.first, one.second); });
    for (const Input& input : graph.inputs)
      to.message(graph_proto::input,
                 [&](ProtobufWriter& x) { write_value(x, input.name, input.type, input.shape.at(1)); });
    for (const std::string& output : graph.outputs)
      to.message(graph_proto::output,
                 [&](ProtobufWriter& y) { write_value(y, output, graph.inputs.at(0).type, out_features); });
  });
  file.message(model_proto::opset_import, [&](ProtobufWriter& to) { to.number(opset_id::version, graph.opset); });
  return file.finish();
}

}  // namespace evomlp::detail::onnx
