// SPDX-License-Identifier: MIT
// What ONNX's checker and ONNX Runtime make of the files: check_onnx.py, run_onnx.cjs.
#include "evomlp/io/to_onnx.hpp"

#include "evomlp/evomlp.hpp"
#include "evomlp/io/from_onnx.hpp"
#include "support/bytes.hpp"
#include "support/message_of.hpp"
#include "support/onnx_of_a_user.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

using namespace evomlp;
using namespace evomlp_test;
namespace onnx = evomlp::detail::onnx;

namespace {

// "Gemm Relu …"
template <class Net, class T = float>
std::string operators() {
  std::string text;
  for (const onnx::Node& node : onnx::graph_of(Model<Net, T>()).nodes) text.append(text.empty() ? "" : " ").append(node.op);
  return text;
}

}  // namespace

TEST_CASE("The bytes of a file") {
  Model<Sequential<Linear<2, 1>>> model;
  parameter<"0.weight">(model)(0, 0) = 1;
  parameter<"0.weight">(model)(0, 1) = 2;
  parameter<"0.bias">(model)(0) = 3;
  constexpr char expected[] =
      "\x08\x07"            // ir_version
      "\x12\x06" "evomlp"   // producer_name
      "\x1a\x05" "1.2.3"    // producer_version
      "\x3a\xad\x01"        // graph
      "\x0a\x3e"            //   node
      "\x0a\x05" "input"    //     input
      "\x0a\x08" "0.weight" //     input
      "\x0a\x06" "0.bias"   //     input
      "\x12\x06" "output"   //     output
      "\x1a\x06" "0/Gemm"   //     name
      "\x22\x04" "Gemm"     //     op_type
      "\x2a\x0d"            //     attribute
      "\x0a\x06" "transB"   //       name
      "\x18\x01"            //       i
      "\xa0\x01\x02"        //       type: INT
      "\x12\x06" "evomlp"   //   name
      "\x2a\x12"            //   initializer
      "\x08\x01"            //     dims
      "\x10\x01"            //     data_type: FLOAT
      "\x42\x06" "0.bias"   //     name
      "\x4a\x04\x00\x00\x40\x40"
      "\x2a\x1a"            //   initializer
      "\x08\x01\x08\x02"    //     dims
      "\x10\x01"            //     data_type: FLOAT
      "\x42\x08" "0.weight" //     name
      "\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\x40"
      "\x5a\x18"            //   input
      "\x0a\x05" "input"    //     name
      "\x12\x0f\x0a\x0d"    //     type: tensor_type
      "\x08\x01"            //       elem_type: FLOAT
      "\x12\x09"            //       shape
      "\x0a\x03\x12\x01" "N" //        dim: dim_param
      "\x0a\x02\x08\x02"    //         dim: dim_value
      "\x62\x19"            //   output
      "\x0a\x06" "output"   //     name
      "\x12\x0f\x0a\x0d\x08\x01\x12\x09\x0a\x03\x12\x01" "N" "\x0a\x02\x08\x01"
      "\x42\x02\x10\x0d";   // opset_import: version 13
  CHECK(onnx::write_file_of(onnx::graph_of(model), 1, "1.2.3") == bytes({expected, sizeof expected - 1}));

  const TemporaryFolder folder;
  to_onnx(model, folder.path() / "a.onnx");
  CHECK(read_file(folder.path() / "a.onnx") ==
        onnx::write_file_of(onnx::graph_of(model), 1, EVOMLP_VERSION));
  CHECK_THROWS_AS(to_onnx(model, folder.path() / "no_folder" / "a.onnx"), FileError);
}

TEST_CASE("A file names the operators' set that its layers need") {
  const auto ends_of = [](const std::vector<std::byte>& file) {
    return std::vector<int>{std::to_integer<int>(file[1]), std::to_integer<int>(file.back())};
  };
  CHECK(ends_of(onnx::write_file_of(onnx::graph_of(Model<Linear<2, 1>>()), 1, "")) == std::vector<int>{7, 13});
  CHECK(ends_of(onnx::write_file_of(onnx::graph_of(Model<LayerNorm<2>>()), 2, "")) == std::vector<int>{8, 17});
}

TEST_CASE("The operators of each layer") {
  CHECK(operators<Sequential<Linear<2, 3>, ReLU, Tanh, Sigmoid, Linear<3, 2, false>>>() == "Gemm Relu Tanh Sigmoid Gemm");
  CHECK(operators<Sequential<Linear<2, 2>, GELU>>() == "Gemm Div Erf Add Mul Mul");
  CHECK(operators<Sequential<Linear<2, 2>, SiLU, Softmax>>() == "Gemm Sigmoid Mul Softmax");
  CHECK(operators<Sequential<Linear<2, 2>, LeakyReLU<>, Dropout<0.5>, Identity>>() == "Gemm LeakyRelu Identity Identity");
  CHECK(operators<ResidualBlock<1.0, BatchNorm1d<2>>>() == "BatchNormalization Mul Add");
  CHECK(operators<HighwayBlock<Linear<2, 2>, ReLU>>() == "Gemm Sigmoid Gemm Relu Mul Sub Mul Add");
  CHECK(operators<Repeat<2, ReZeroBlock<Linear<2, 2>>>>() == "Gemm Mul Add Gemm Mul Add");
  CHECK(operators<Sequential<Linear<2, 2>, LayerNorm<2>, ELU<>, Softplus>>() == "Gemm LayerNormalization Elu Softplus");
  // ONNX Runtime has these for float alone.
  CHECK(operators<Sequential<ELU<>, Linear<2, 2>, Softplus>, double>() == "Cast Elu Cast Gemm Cast Softplus Cast");
  CHECK(operators<Sequential<Linear<2, 2>, SiLU>, double>() == "Gemm Sigmoid Max Mul");
  CHECK(operators<Sequential<Linear<2, 2>, LeakyReLU<>>, double>() == "Gemm Cast LeakyRelu Cast");
  CHECK(operators<Sequential<Linear<2, 2>, GELU>, double>() == "Gemm Div Cast Erf Cast Add Mul Mul");
}

TEST_CASE("Names lead to the layers") {
  using Net = Sequential<Linear<2, 2>, Repeat<2, ResidualBlock<0.5, GELU, Linear<2, 2>>>>;
  const auto graph = onnx::graph_of(Model<Net>());
  CHECK(graph.nodes[0].name == "0/Gemm");
  CHECK(graph.nodes[4].name == "1.0.body.0/Mul");
  CHECK(graph.nodes[5].name == "1.0.body.0/Mul_1");
  CHECK(graph.nodes[6].inputs == std::vector<std::string>{"1.0.body.0/Mul_1", "1.0.body.1.weight", "1.0.body.1.bias"});
  CHECK(graph.nodes.back().name == "1.1/Add");
  CHECK(graph.nodes.back().outputs == std::vector<std::string>{"output"});
  CHECK(graph.tensors.contains("1.1/Constant"));
  CHECK(graph.tensors.at("1.1.body.1.weight").shape == std::vector<std::uint64_t>{2, 2});
}

TEST_CASE("Layers of one's own go there and back") {
  using Net = Sequential<Linear<2, 3>, Swish, OwnBlock<Linear<3, 3>, Dropout<0.5>>, Softsign, SquareGain<3>>;
  CHECK(operators<Net>() == "Gemm Sigmoid Mul Identity Gemm Add Softsign Mul Mul");
  const Model<Net> model(init::normal(0, 1), 1);
  Model<Net> loaded;
  from_onnx(loaded, onnx::write_file_of(onnx::graph_of(model), 3, "0"));
  CHECK(loaded == model);

  Model<Sequential<Linear<2, 3>, SiLU>> same;  // the same operators
  CHECK_NOTHROW(from_onnx(same, onnx::write_file_of(onnx::graph_of(Model<Sequential<Linear<2, 3>, Swish>>()), 3, "0")));
}

TEST_CASE("A product of two values knows which of them is transposed") {
  onnx::Graph graph;
  graph.inputs.push_back({"x", onnx::float_type, {0, 2}});
  graph.nodes = {{"", "Relu", {"x"}, {"a"}, {}}, {"", "Gemm", {"x", "a"}, {"y"}, {{"transB", 1}}}};
  graph.outputs = {"y"};
  onnx::Graph other = graph;
  CHECK(onnx::Match(graph, other, {}).faults().empty());
  other.nodes[1].attributes.clear();
  const onnx::Match match(graph, other, {});
  REQUIRE(match.faults().size() == 1);
  CHECK(match.faults()[0].text == "the node \"a\" (Relu): expected the other transB where it is multiplied");
}
