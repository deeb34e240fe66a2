// SPDX-License-Identifier: MIT
// from_onnx: a model's numbers from an ONNX file of the same network.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/model_values.hpp"
#include "evomlp/io/onnx_layers.hpp"
#include "evomlp/io/onnx_match.hpp"
#include "evomlp/io/onnx_reader.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/network_text.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace evomlp {

namespace detail::onnx {

template <class Net, class T>
void read_model(Model<Net, T>& model, std::span<const std::byte> bytes, const std::string& name) {
  const Graph got = Reader(bytes, name).read();
  const Graph expected = OnnxGraph(type_of<T>, Net::in_features).finish<Net>();
  const Match match(expected, got, parameter_table<Net>);
  if (!match.faults().empty()) {
    std::string text = concat({name, ": does not fit the model (", network_text<Net>(), "):"});
    for (const Fault& fault : match.faults()) text += "\n  " + fault.text;
    throw FileError(text);
  }
  for (std::size_t k = 0; k < match.weights().size(); ++k) {
    const auto [tensor, transposed] = match.weights()[k];
    if (tensor == nullptr) continue;  // nothing in the graph depends on it
    const ParameterInfo& info = parameter_table<Net>[k];
    const std::span<T> values = model.values(info);
    for_each_number(info,
                    [&, data = tensor->data.data(), other = transposed](std::size_t in_file, std::size_t in_memory) {
                      values[in_memory] = read_little_endian<T>(data + (other ? in_memory : in_file) * sizeof(T));
                    });
  }
}

}  // namespace detail::onnx

/// Reads what to_onnx wrote, or what another program, such as torch.onnx.export, wrote of the same network: from its
/// input to its output the graph must consist of the operators that to_onnx would write. Names make no difference, nor do
/// the order of nodes and of what is added or multiplied, Gemm or MatMul and Add, a weight as [out, in] or [in, out],
/// constants or initialisers, Identity, Dropout, and a product with 1. Operator sets 7 to 21. After to_onnx the numbers
/// are the same bits.
///
/// Throws FileError for a damaged file, with the offset, and one that lists everything that doesn't fit: operators,
/// attributes, shapes, element types (FLOAT for a model of float, DOUBLE for one of double). The model is then as it was.
template <class Net, class T>
void from_onnx(Model<Net, T>& model, const std::filesystem::path& path) {
  detail::onnx::read_model(model, read_file(path), detail::path_text(path));
}

/// The same from memory.
template <class Net, class T>
void from_onnx(Model<Net, T>& model, std::span<const std::byte> bytes) {
  detail::onnx::read_model(model, bytes, "from_onnx: file in memory");
}

}  // namespace evomlp
