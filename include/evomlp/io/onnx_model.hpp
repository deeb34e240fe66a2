// SPDX-License-Identifier: MIT
// What an ONNX file holds, as far as networks like these need it, and the numbers that the format gives to its fields.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace evomlp {

/// The value of a node's attribute: a whole number or a float.
using OnnxNumber = std::variant<std::int64_t, float>;

namespace detail::onnx {

/// The element types of tensors, by the format's numbers.
inline constexpr std::int64_t float_type = 1, double_type = 11;

template <class T>
inline constexpr std::int64_t type_of = sizeof(T) == sizeof(float) ? float_type : double_type;

/// "FLOAT".
inline std::string type_text(std::int64_t type) {
  constexpr std::string_view names[] = {"UNDEFINED", "FLOAT",  "UINT8", "INT8",    "UINT16", "INT16",  "INT32",
                                        "INT64",     "STRING", "BOOL",  "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
  return type >= 0 && type < 14 ? std::string(names[type]) : "the element type " + std::to_string(type);
}

struct Tensor {
  std::int64_t type = 0;
  std::vector<std::uint64_t> shape{};
  std::vector<std::byte> data{};  // little-endian; of types other than FLOAT and DOUBLE nothing is kept
};

struct Node {
  std::string name{}, op{};
  std::vector<std::string> inputs{}, outputs{};
  std::map<std::string, OnnxNumber> attributes{};
};

/// What goes in: a name and, as far as the file says, a type and a shape; 0 is a size that isn't fixed.
struct Input {
  std::string name{};
  std::int64_t type = 0;
  std::vector<std::uint64_t> shape{};
};

/// What we write where no layer needs more, and what we read: between the last two the operators used here have not
/// changed their meaning for matrices.
inline constexpr std::uint64_t written_opset = 13, oldest_opset = 7, newest_opset = 21;

/// The version of the file format that came with a set of operators.
constexpr std::uint64_t ir_version_of(std::uint64_t opset) { return opset < 15 ? 7 : opset < 19 ? 8 : 9; }

/// Nodes come in an order in which they can run.
struct Graph {
  std::vector<Node> nodes{};
  std::map<std::string, Tensor> tensors{};  // initialisers and constants
  std::vector<Input> inputs{};
  std::vector<std::string> outputs{};
  std::uint64_t opset = written_opset;  // the operators' versions
};

// The numbers of fields, by message.
namespace model_proto {
enum : std::uint32_t { ir_version = 1, producer_name = 2, producer_version = 3, graph = 7, opset_import = 8 };
}
namespace opset_id {
enum : std::uint32_t { domain = 1, version = 2 };
}
namespace graph_proto {
enum : std::uint32_t { node = 1, name = 2, initializer = 5, input = 11, output = 12, sparse_initializer = 15 };
}
namespace node_proto {
enum : std::uint32_t { input = 1, output = 2, name = 3, op_type = 4, attribute = 5, domain = 7 };
}
namespace attribute_proto {
enum : std::uint32_t { name = 1, f = 2, i = 3, t = 5, type = 20 };
enum : std::uint64_t { is_float = 1, is_int = 2, is_tensor = 4 };
}  // namespace attribute_proto
namespace tensor_proto {
enum : std::uint32_t {
  dims = 1,
  data_type = 2,
  float_data = 4,
  name = 8,
  raw_data = 9,
  double_data = 10,
  external_data = 13,
  data_location = 14
};
}
namespace value_info {
enum : std::uint32_t { name = 1, type = 2 };
}
namespace type_proto {
enum : std::uint32_t { tensor_type = 1 };
}
namespace tensor_type {
enum : std::uint32_t { elem_type = 1, shape = 2 };
}
namespace tensor_shape {
enum : std::uint32_t { dim = 1 };
}
namespace dimension {
enum : std::uint32_t { dim_value = 1, dim_param = 2 };
}

}  // namespace detail::onnx
}  // namespace evomlp
