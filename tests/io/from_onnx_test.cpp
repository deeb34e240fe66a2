// SPDX-License-Identifier: MIT
#include "evomlp/io/from_onnx.hpp"

#include "evomlp/evomlp.hpp"
#include "evomlp/io/to_onnx.hpp"
#include "support/bytes.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/trained.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace evomlp;
using namespace evomlp_test;
namespace onnx = evomlp::detail::onnx;
using onnx::Graph;

namespace {

using Net = Sequential<Linear<3, 6>, BatchNorm1d<6, unbiased, 0.1, 1e-3>, LeakyReLU<0.2>,
                       Sequential<ResidualBlock<1.0, Linear<6, 6>, GELU>, ResidualBlock<0.5, Linear<6, 6, false>, SiLU>>,
                       Dropout<0.5>, ReZeroBlock<Linear<6, 6>, Tanh, Identity>, HighwayBlock<Linear<6, 6>, ReLU>,
                       ProjectedResidualBlock<0.25, Linear<6, 4, false>, Linear<6, 4>, Sigmoid>, Linear<4, 2>, Softmax>;
using Small = Sequential<Linear<3, 2>, ReLU, Linear<2, 2>>;

const std::filesystem::path reference = std::filesystem::path(EVOMLP_TEST_DIR) / "reference";

struct Example {
  std::vector<float> x, y;
  void remember(auto& memory) {
    memory("x", x);
    memory("y", y);
  }
};

Bytes file_of(const Graph& graph) { return onnx::write_file_of(graph, 2, "0.0.0"); }

// A small network's file, after something was done to its graph.
Bytes changed(const Model<Small>& model, auto change) {
  Graph graph = onnx::graph_of(model);
  change(graph);
  return file_of(graph);
}

// What is said of a file that doesn't fit; the model must then be as it was.
std::string fault_of(const Bytes& content) {
  auto model = trained<Small>(2);
  const auto before = model;
  const std::string message = message_of<FileError>([&] { from_onnx(model, content); });
  CHECK(model == before);
  return message;
}
std::string fault(auto change) { return fault_of(changed(trained<Small>(), change)); }

void check_loads(auto change) {
  const auto model = trained<Small>();
  Model<Small> loaded;
  from_onnx(loaded, changed(model, change));
  CHECK(loaded == model);
}

const std::string unfit =
    "from_onnx: file in memory: does not fit the model (3 -> 2, 14 parameters in 2 layers):\n  ";

onnx::Tensor scalar(float value) {
  onnx::Tensor tensor{onnx::float_type, {}, {}};
  detail::append_little_endian(tensor.data, value);
  return tensor;
}

// The matrix the other way round.
void transpose(onnx::Tensor& tensor) {
  Bytes turned;
  for (std::size_t c = 0; c < tensor.shape[1]; ++c)
    for (std::size_t r = 0; r < tensor.shape[0]; ++r)
      for (std::size_t b = 0; b < 4; ++b) turned.push_back(tensor.data[(r * tensor.shape[1] + c) * 4 + b]);
  std::swap(tensor.shape[0], tensor.shape[1]);
  tensor.data = turned;
}

}  // namespace

template <class N, class T>
void check_round_trip() {
  const TemporaryFolder folder;
  const auto model = trained_oddly<N, T>();
  const auto path = folder.path() / "model.onnx";
  to_onnx(model, path);
  Model<N, T> loaded;
  from_onnx(loaded, path);
  CHECK(same_bits(loaded, model));
}

TEST_CASE_TEMPLATE("from_onnx after to_onnx gives the same bits, for every layer", T, float, double) {
  check_round_trip<Net, T>();
  check_round_trip<Sequential<FeatureScaling<3>, Linear<3, 2>>, T>();
}

TEST_CASE("A file that PyTorch exported") {
  Model<Net> model, expected;
  Example example;
  load(expected, reference / "pytorch_onnx.safetensors", named("example", example));
  from_onnx(model, reference / "pytorch.onnx");
  CHECK(model == expected);

  auto x = make_matrix<float>(5, 3);
  REQUIRE(example.x.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = example.x[i];
  const auto y = predict(model, x);
  REQUIRE(example.y.size() == y.size());
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(y.data()[i] - example.y[i]) < 1e-6F);
}

TEST_CASE("What makes no difference") {
  SUBCASE("nothing changed") { check_loads([](Graph&) {}); }
  SUBCASE("names") {
    check_loads([](Graph& graph) {
      for (onnx::Node& node : graph.nodes) {
        node.name.clear();
        for (std::string& input : node.inputs)
          if (input != "input") input = "v" + input;
        if (node.outputs[0] != "output") node.outputs[0] = "v" + node.outputs[0];
      }
      std::map<std::string, onnx::Tensor> tensors;
      for (auto& [name, tensor] : graph.tensors) tensors.emplace("v" + name, tensor);
      graph.tensors = tensors;
    });
  }
  SUBCASE("a weight as [in, out]") {
    check_loads([](Graph& graph) {
      graph.nodes[0].attributes.clear();
      transpose(graph.tensors.at("0.weight"));
    });
  }
  SUBCASE("MatMul and Add") {
    check_loads([](Graph& graph) {
      graph.nodes[0] = {"", "MatMul", {"input", "0.weight"}, {"product"}, {}};
      graph.nodes.insert(graph.nodes.begin() + 1, onnx::Node{"", "Add", {"0.bias", "product"}, {"0/Gemm"}, {}});
      transpose(graph.tensors.at("0.weight"));
    });
  }
  SUBCASE("Gemm and Add") {
    check_loads([](Graph& graph) {
      graph.nodes[0].inputs.pop_back();
      graph.nodes[0].outputs = {"product"};
      graph.nodes.insert(graph.nodes.begin() + 1, onnx::Node{"", "Add", {"product", "0.bias"}, {"0/Gemm"}, {}});
    });
  }
  SUBCASE("what passes a value on") {
    check_loads([](Graph& graph) {
      graph.tensors.emplace("one", scalar(1));
      graph.tensors.emplace("ratio", scalar(0.5F));
      graph.nodes.back().outputs = {"a"};
      graph.nodes.push_back({"", "Identity", {"a"}, {"b"}, {}});
      graph.nodes.push_back({"", "Dropout", {"b", "ratio"}, {"c", "mask"}, {}});
      graph.nodes.push_back({"", "Cast", {"c"}, {"d"}, {{"to", onnx::double_type}}});
      graph.nodes.push_back({"", "Cast", {"d"}, {"e"}, {{"to", onnx::float_type}}});
      graph.nodes.push_back({"", "Mul", {"one", "e"}, {"output"}, {}});
    });
  }
  SUBCASE("attributes that say what is the case anyway") {
    check_loads([](Graph& graph) {
      graph.nodes[0].attributes = {{"transB", 1}, {"transA", 0}, {"alpha", 1.0F}, {"beta", 1.0F}};
    });
  }
  SUBCASE("a batch of one size, or no shape") {
    check_loads([](Graph& graph) { graph.inputs[0].shape[0] = 7; });
  }
  SUBCASE("what the output doesn't depend on") {
    check_loads([](Graph& graph) {
      graph.tensors.emplace("more", scalar(1));
      graph.nodes.push_back({"", "com.example::Strange", {"output", "more"}, {"other"}, {}});
    });
  }
}

TEST_CASE_TEMPLATE("LayerNormalization as another program may say it", T, float, double) {
  using Normed = Sequential<Linear<3, 4>, LayerNorm<4>, ELU<>, Linear<4, 2>, LayerNorm<2, 0.01>, Softplus>;
  const auto model = trained<Normed, T>();
  Graph graph = onnx::graph_of(model);
  CHECK(graph.opset == 17);
  std::vector<onnx::Node*> norms;
  for (onnx::Node& node : graph.nodes)
    if (node.op == "LayerNormalization") norms.push_back(&node);
  REQUIRE(norms.size() == 2);
  norms[0]->attributes = {{"axis", 1}, {"stash_type", 1}};  // epsilon is 1e-5 where none is said
  norms[1]->attributes.emplace("axis", -1);
  Model<Normed, T> loaded;
  from_onnx(loaded, file_of(graph));
  CHECK(loaded == model);

  norms[1]->attributes["axis"] = 0;
  const std::string message = message_of<FileError>([&] { from_onnx(loaded, file_of(graph)); });
  CHECK(contains(message, "LayerNormalization of the layer \"4\": got the attribute \"axis\" 0, expected -1"));
}

TEST_CASE("What is added or multiplied comes in any order") {
  using Gates = Sequential<HighwayBlock<Linear<2, 2>, Sigmoid>, ReZeroBlock<SiLU, Linear<2, 2>>>;
  const auto model = trained<Gates>();
  Graph graph = onnx::graph_of(model);
  int swapped = 0;
  for (onnx::Node& node : graph.nodes) {
    if (node.op != "Add" && node.op != "Mul") continue;
    std::swap(node.inputs[0], node.inputs[1]);
    ++swapped;
  }
  CHECK(swapped == 6);
  Model<Gates> loaded;
  from_onnx(loaded, file_of(graph));
  CHECK(loaded == model);

  // The gate's product goes elsewhere than its complement.
  graph = onnx::graph_of(model);
  REQUIRE(graph.nodes[1].op == "Sigmoid");
  graph.nodes.insert(graph.nodes.begin() + 2, graph.nodes[1]);
  graph.nodes[2].name = graph.nodes[2].outputs[0] = "twin";
  for (onnx::Node& node : graph.nodes)
    if (node.op == "Sub") node.inputs[1] = "twin";
  CHECK(contains(message_of<FileError>([&] { from_onnx(loaded, file_of(graph)); }),
                 "\n  the node \"0/Sigmoid\" (Sigmoid): expected the same as \"twin\" (Sigmoid of the layer \"0\")"));
}

TEST_CASE("Everything that doesn't fit is listed, in the order of the network") {
  CHECK(fault([](Graph& graph) {
          graph.inputs[0].type = onnx::double_type;
          graph.nodes[1].op = "Tanh";
          graph.nodes[2].attributes.emplace("alpha", 2.0F);
          std::swap(graph.tensors.at("0.weight").shape[0], graph.tensors.at("0.weight").shape[1]);
        }) ==
        unfit +
            "the input \"input\": got DOUBLE, expected FLOAT\n  "
            "the initializer \"0.weight\" for \"0.weight\": got FLOAT [3, 2], expected FLOAT [2, 3]\n  "
            "the node \"1/Relu\" (Tanh): expected Relu of the layer \"1\"\n  "
            "the node \"2/Gemm\" (Gemm), Gemm of the layer \"2\": got the attribute \"alpha\" 2, expected 1");
}

TEST_CASE("Each difference has its sentence") {
  const auto says = [](auto change) {
    const std::string message = fault(change);
    REQUIRE(message.starts_with(unfit));
    return message.substr(unfit.size());
  };
  CHECK(says([](Graph& graph) { graph.inputs.push_back({"more", 1, {0, 3}}); }) == "the graph has 2 inputs, expected 1");
  CHECK(says([](Graph& graph) { graph.inputs[0].shape[1] = 4; }) ==
        "the input \"input\": got the shape [0, 4], expected [N, 3]");
  CHECK(says([](Graph& graph) { graph.nodes[1].op = "com.example::Relu"; }) ==
        "the node \"1/Relu\" (com.example::Relu): expected Relu of the layer \"1\"");
  CHECK(says([](Graph& graph) { graph.nodes[2].inputs[0] = "input"; }) ==
        "the input \"input\": expected Relu of the layer \"1\"");
  CHECK(says([](Graph& graph) { graph.nodes[2].inputs[0] = "2.bias"; }) ==
        "the initializer \"2.bias\": expected Relu of the layer \"1\"");
  CHECK(says([](Graph& graph) { graph.nodes[2].inputs.pop_back(); }) ==
        "the node \"2/Gemm\" (Gemm), Gemm of the layer \"2\": got 2 inputs, expected 3");
  CHECK(says([](Graph& graph) { graph.outputs.push_back("1/Relu"); }) == "the graph has 2 outputs, expected 1");
  CHECK(says([](Graph& graph) { graph.nodes[2].inputs[1] = "1/Relu"; }) ==
        "the node \"1/Relu\" (Relu): expected an initializer for \"2.weight\"");
  CHECK(says([](Graph& graph) { graph.nodes[2].attributes.emplace("gamma", 1.0F); }) ==
        "the node \"2/Gemm\" (Gemm), Gemm of the layer \"2\": got the attribute \"gamma\", expected none");
  CHECK(says([](Graph& graph) { graph.nodes[1].outputs.push_back("more"); }) ==
        "the node \"1/Relu\" (Relu), Relu of the layer \"1\": got 2 results, expected 1");
  CHECK(says([](Graph& graph) { graph.nodes.erase(graph.nodes.begin() + 1), graph.nodes[1].inputs[0] = "0/Gemm"; }) ==
        "the node \"0/Gemm\" (Gemm): expected Relu of the layer \"1\"");
  CHECK(says([](Graph& graph) { graph.nodes[0].outputs = {"0/Gemm", "second"}, graph.nodes[1].inputs[0] = "second"; }) ==
        "the value \"second\": expected Gemm of the layer \"0\"");
  CHECK(says([](Graph& graph) { graph.tensors.at("2.bias").type = 10; }) ==
        "the initializer \"2.bias\" for \"2.bias\": got FLOAT16 [2], expected FLOAT [2]");
  CHECK(says([](Graph& graph) {  // in training
          graph.tensors.emplace("ratio", scalar(0.5F));
          graph.nodes[1] = {"", "Dropout", {"0/Gemm", "ratio", "ratio"}, {"1/Relu"}, {}};
        }) == "the node \"1/Relu\" (Dropout): expected Relu of the layer \"1\"");
}

TEST_CASE("Numbers in types are compared") {
  using Block = Sequential<ResidualBlock<0.1, Linear<2, 2>>, LeakyReLU<0.3>, BatchNorm1d<2>, LeakyReLU<0.3>>;
  using Other = Sequential<ResidualBlock<0.2, Linear<2, 2>>, LeakyReLU<0.3>, BatchNorm1d<2, unbiased, 0.1, 0.001>, LeakyReLU<>>;
  Model<Other> model;
  const std::string message = message_of<FileError>([&] { from_onnx(model, file_of(onnx::graph_of(trained<Block>()))); });
  CHECK(message ==
        "from_onnx: file in memory: does not fit the model (2 -> 2, 10 parameters in 2 layers):\n  "
        "the initializer \"0/Constant\": got 0.10000000149011612, expected the number 0.20000000298023224\n  "
        "the node \"2/BatchNormalization\" (BatchNormalization), BatchNormalization of the layer \"2\": got the attribute "
        "\"epsilon\" 1e-05, expected 0.001\n  "
        "the node \"3/LeakyRelu\" (LeakyRelu), LeakyRelu of the layer \"3\": got the attribute \"alpha\" 0.3, expected 0.01");
}

TEST_CASE("A file cut off anywhere is refused, and says where") {
  const auto whole = changed(trained<Small>(), [](Graph&) {});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string message = fault_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    CAPTURE(size);
    CAPTURE(message);
    const bool says_where = contains(message, " at offset ") || contains(message, " in its " + std::to_string(size) + " bytes");
    CHECK(says_where);
  }
}

TEST_CASE("A file with any byte wrong loads or is refused") {
  const auto whole = changed(trained<Small>(), [](Graph&) {});
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const unsigned wrong : {0x01U, 0x80U, 0xFFU}) {
      Bytes content = whole;
      content[i] ^= static_cast<std::byte>(wrong);
      auto model = trained<Small>(2);
      const auto before = model;
      try {
        from_onnx(model, content);
      } catch (const FileError&) {
        ++refused;
        if (!(model == before)) FAIL("a model half loaded at byte " << i);
      }
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("Depth costs no stack") {
  const auto model = trained<Small>();
  constexpr int depth = 30000;
  const auto longer = [&](const std::string& op, std::vector<std::string> also) {
    return changed(model, [&](Graph& graph) {
      graph.tensors.emplace("two", scalar(2));
      graph.nodes.back().outputs = {"0"};
      for (int i = 0; i < depth; ++i) {
        onnx::Node node{"", op, {std::to_string(i)}, {i + 1 == depth ? "output" : std::to_string(i + 1)}, {}};
        node.inputs.insert(node.inputs.end(), also.begin(), also.end());
        graph.nodes.push_back(std::move(node));
      }
    });
  };
  Model<Small> loaded;
  from_onnx(loaded, longer("Identity", {}));
  CHECK(loaded == model);
  CHECK(fault_of(longer("Relu", {})) == unfit + "the node \"output\" (Relu): expected Gemm of the layer \"2\"");
  CHECK(fault_of(longer("Add", {"two"})) == unfit + "the node \"output\" (Add): expected Gemm of the layer \"2\"");
}

TEST_CASE("There must be a file") {
  Model<Small> model;
  CHECK(contains(message_of<FileError>([&] { from_onnx(model, std::filesystem::path("there_is_no.onnx")); }),
                 "there_is_no.onnx: no such file"));
}
