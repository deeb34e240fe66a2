// SPDX-License-Identifier: MIT
// to_onnx: a model as an ONNX file, for other runtimes.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/io/model_values.hpp"
#include "evomlp/io/onnx_layers.hpp"
#include "evomlp/io/onnx_writer.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/version.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace evomlp {

namespace detail::onnx {

template <class Net, class T>
Graph graph_of(const Model<Net, T>& model) {
  Graph graph = OnnxGraph(type_of<T>, Net::in_features).finish<Net>();
  for (const ParameterInfo& info : parameter_table<Net>) {
    Tensor& tensor = graph.tensors[std::string(info.key)];
    tensor.type = type_of<T>;
    for (const std::size_t size : file_shape(info)) tensor.shape.push_back(size);
    append_values(tensor.data, model, info);
  }
  return graph;
}

}  // namespace detail::onnx

/// Writes what predict does as an ONNX file (operator set 13, with LayerNorm 17), for ONNX Runtime and others: input "input"
/// (N, in_features), output "output" (N, out_features), float as FLOAT and double as DOUBLE, parameters under the keys
/// of parameter_table<Net> with weights as [out, in]. BatchNorm1d uses its running statistics, Dropout is the identity.
/// A layer of one's own has an overload of in_onnx (OnnxGraph).
///
/// In a file of a double model LeakyReLU, ELU, Softplus and the erf of GELU are taken in float: ONNX Runtime has no
/// others. The file appears whole or not at all. Throws FileError, also if it would have 2 GiB or more, which the
/// format doesn't hold.
template <class Net, class T>
void to_onnx(const Model<Net, T>& model, const std::filesystem::path& path) {
  constexpr std::size_t most = 0x7FFFFFFF;
  const std::vector<std::byte> bytes =
      detail::onnx::write_file_of(detail::onnx::graph_of(model), Net::out_features, EVOMLP_VERSION);
  if (bytes.size() > most)
    throw FileError(detail::concat({detail::path_text(path), ": ONNX files hold less than 2 GiB, got ", bytes.size(),
                                    " bytes; save keeps the model as safetensors"}));
  write_file(path, bytes);
}

}  // namespace evomlp
