// SPDX-License-Identifier: MIT
// Files that no good program writes, and those that others write otherwise.
#include "evomlp/io/onnx_reader.hpp"

#include "evomlp/io/onnx_writer.hpp"
#include "support/bytes.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace onnx = evomlp::detail::onnx;
using evomlp::FileError;
using evomlp::OnnxNumber;
using evomlp::detail::ProtobufWriter;
using namespace evomlp_test;

namespace {

const std::string name = "x.onnx";

// A file with this graph and operator set 13.
Bytes file_with(auto add_to_graph) {
  ProtobufWriter file;
  file.message(7, [&](ProtobufWriter& graph) { add_to_graph(graph); });
  file.message(8, [](ProtobufWriter& opset) { opset.number(2, 13); });
  return file.finish();
}
Bytes file_with_tensor(auto add) {
  return file_with([&](ProtobufWriter& graph) { graph.message(5, [&](ProtobufWriter& tensor) { add(tensor); }); });
}
Bytes file_with_node(auto add) {
  return file_with([&](ProtobufWriter& graph) { graph.message(1, [&](ProtobufWriter& node) { add(node); }); });
}

onnx::Graph read(const Bytes& content) { return onnx::Reader(content, name).read(); }
std::string fault(const Bytes& content) {
  return message_of<FileError>([&] { read(content); });
}

onnx::Tensor read_tensor(auto add) {
  const auto graph = read(file_with_tensor([&](ProtobufWriter& tensor) {
    tensor.text(8, "w");
    add(tensor);
  }));
  return graph.tensors.at("w");
}

const std::string damaged = "x.onnx: is no ONNX file, or damaged: the ";
const Bytes one_and_two = {std::byte{0}, std::byte{0}, std::byte{0x80}, std::byte{0x3f},
                           std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0x40}};

}  // namespace

TEST_CASE("What isn't ONNX at all") {
  CHECK(fault({}) == "x.onnx: is no ONNX file, or truncated: has no graph in its 0 bytes");
  CHECK(fault(bytes("PK\3\4")) == damaged + "model has the field number 0 at offset 2");
  CHECK(fault(bytes("0,1,2\n")).starts_with("x.onnx: is no ONNX file"));
  ProtobufWriter only_graph, twice;
  only_graph.message(7, [](ProtobufWriter&) {});
  CHECK(fault(only_graph.finish()) == "x.onnx: is no ONNX file, or truncated: names no operator set in its 2 bytes");
  twice.message(7, [](ProtobufWriter&) {});
  twice.message(7, [](ProtobufWriter&) {});
  CHECK(fault(twice.finish()) == damaged + "model has a second graph at offset 2");
}

TEST_CASE("Operator sets that are not read") {
  const auto with_opset = [](const std::string& domain, std::uint64_t version) {
    ProtobufWriter file;
    file.message(7, [](ProtobufWriter&) {});
    file.message(8, [&](ProtobufWriter& opset) {
      opset.text(1, domain);
      opset.number(2, version);
    });
    return file.finish();
  };
  CHECK(fault(with_opset("", 6)) == "x.onnx: got the operator set 6, expected 7 to 21");
  CHECK(fault(with_opset("ai.onnx", 22)) == "x.onnx: got the operator set 22, expected 7 to 21");
  CHECK(fault(with_opset("", std::numeric_limits<std::uint64_t>::max())) ==
        "x.onnx: got the operator set 18446744073709551615, expected 7 to 21");
  CHECK(fault(with_opset("ai.onnx.ml", 3)).ends_with("names no operator set in its 18 bytes"));
  CHECK_NOTHROW(read(with_opset("", 7)));
  CHECK_NOTHROW(read(with_opset("ai.onnx", 21)));
}

TEST_CASE("A tensor's numbers are taken wherever the format lets them be") {
  const auto raw = read_tensor([](ProtobufWriter& tensor) {
    tensor.number(1, 2);
    tensor.number(2, 1);
    tensor.bytes(9, one_and_two);
  });
  CHECK(raw.shape == std::vector<std::uint64_t>{2});
  CHECK(raw.type == onnx::float_type);
  CHECK(raw.data == one_and_two);

  const auto packed = read_tensor([](ProtobufWriter& tensor) {
    tensor.bytes(4, one_and_two);
    tensor.bytes(1, bytes("\1\2"));
    tensor.number(2, 1);
  });
  CHECK(packed.shape == std::vector<std::uint64_t>{1, 2});
  CHECK(packed.data == one_and_two);

  const auto single = read_tensor([](ProtobufWriter& tensor) {
    tensor.number(2, 1);
    tensor.real(4, 1);
    tensor.real(4, 2);
    tensor.number(1, 2);
  });
  CHECK(single.data == one_and_two);

  const auto doubles = read_tensor([](ProtobufWriter& tensor) {
    tensor.number(2, 11);
    tensor.bytes(10, one_and_two);
  });
  CHECK(doubles.shape.empty());
  CHECK(doubles.data.size() == 8);

  // Of other types nothing is kept, whatever they say.
  const auto other = read_tensor([](ProtobufWriter& tensor) {
    tensor.number(1, 1000);
    tensor.number(2, 7);
    tensor.bytes(9, one_and_two);
  });
  CHECK(other.type == 7);
  CHECK(other.data.empty());
}

TEST_CASE("A tensor's faults") {
  const auto says = [](auto add) {
    const std::string message = fault(file_with_tensor(add));
    REQUIRE(message.starts_with(damaged));
    return message.substr(damaged.size());
  };
  const auto sized = [](std::uint64_t rows, std::uint64_t cols, std::uint64_t type) {
    return [=](ProtobufWriter& tensor) {
      tensor.number(1, rows);
      tensor.number(1, cols);
      tensor.number(2, type);
      tensor.text(8, "w");
      tensor.bytes(9, one_and_two);
    };
  };
  CHECK(says(sized(1, 3, 1)) == "initializer \"w\" of FLOAT [1, 3] has 8 bytes, expected 12, at offset 13");
  CHECK(says(sized(1, 2, 11)) == "initializer \"w\" of DOUBLE [1, 2] has 8 bytes, expected 16, at offset 13");
  const std::string much = "initializer \"w\" of FLOAT [4294967296, 4294967296] has 8 bytes, expected more than there can be";
  CHECK(says(sized(std::uint64_t{1} << 32, std::uint64_t{1} << 32, 1)).starts_with(much));
  const std::uint64_t negative = std::numeric_limits<std::uint64_t>::max();
  CHECK(contains(says(sized(negative, 1, 1)), "[18446744073709551615, 1] has 8 bytes, expected more than there can be"));
  CHECK(contains(says(sized(0, negative, 1)), "has 8 bytes, expected 0"));

  CHECK(says([](ProtobufWriter& tensor) {
          tensor.bytes(9, one_and_two);
          tensor.bytes(9, one_and_two);
        }) == "initializer has raw_data twice at offset 14");
  const std::string field = "initializer \"\" of FLOAT has its numbers in the wrong field, or in two,";
  CHECK(says([](ProtobufWriter& tensor) {
          tensor.number(2, 1);
          tensor.bytes(9, one_and_two);
          tensor.bytes(4, one_and_two);
        }).starts_with(field));
  CHECK(says([](ProtobufWriter& tensor) {
          tensor.number(2, 1);
          tensor.bytes(10, one_and_two);
        }).starts_with(field));
  CHECK(says([](ProtobufWriter& tensor) { tensor.message(13, [](ProtobufWriter&) {}); }) ==
        "initializer keeps its numbers in another file (external_data), which is not read, at offset 4");
  CHECK(says([](ProtobufWriter& tensor) { tensor.number(14, 1); }) ==
        "initializer keeps its numbers in another file (data_location), which is not read, at offset 4");
  CHECK(says([](ProtobufWriter& tensor) { tensor.number(9, 1); }) ==
        "initializer has field 9 of the kind 0, expected bytes at offset 4");
}

TEST_CASE("Each value is given once, and before it is used") {
  const auto graph_of = [](std::vector<onnx::Node> nodes) {
    onnx::Graph graph;
    graph.nodes = std::move(nodes);
    graph.tensors["w"] = {onnx::float_type, {2}, one_and_two};
    graph.inputs.push_back({"x", onnx::float_type, {0, 2}});
    graph.outputs = {"y"};
    return onnx::write_file_of(graph, 2, "0");
  };
  const auto says = [&](std::vector<onnx::Node> nodes) { return fault(graph_of(std::move(nodes))); };
  const onnx::Node last{"last", "Relu", {"x"}, {"y"}, {}};
  CHECK_NOTHROW(read(graph_of({last})));
  const std::string text = "x.onnx: is damaged: the ";
  CHECK(says({}) == text + "graph's output \"y\" is given by no node");
  CHECK(says({last, last}) == text + "node \"last\" (Relu) gives \"y\", which is there already");
  CHECK(says({{"n", "Relu", {"y"}, {"a"}, {}}, last}) ==
        text + "node \"n\" (Relu) takes \"y\", which is no initializer, input or result before it");
  CHECK(says({{"n", "Relu", {"y"}, {"y"}, {}}}) ==
        text + "node \"n\" (Relu) takes \"y\", which is no initializer, input or result before it");
  CHECK(says({{"n", "Relu", {"x"}, {"x"}, {}}, last}) == text + "node \"n\" (Relu) gives \"x\", which is there already");
  CHECK(says({{"n", "Relu", {"x"}, {"w"}, {}}, last}) == text + "node \"n\" (Relu) gives \"w\", which is there already");

  const Bytes twice = file_with([](ProtobufWriter& graph) {
    for (int i = 0; i < 2; ++i) graph.message(5, [](ProtobufWriter& tensor) { tensor.text(8, "w"); });
  });
  CHECK(fault(twice) == damaged + "graph has the initializer \"w\" twice at offset 7");
  CHECK(fault(file_with([](ProtobufWriter& graph) { graph.message(15, [](ProtobufWriter&) {}); })) ==
        damaged + "graph has a sparse initializer, which is not read at offset 2");
}

TEST_CASE("An initialiser may also stand among the inputs, as in old files") {
  onnx::Graph graph;
  graph.nodes = {{"n", "Relu", {"x"}, {"y"}, {}}};
  graph.tensors["w"] = {onnx::float_type, {2}, one_and_two};
  graph.inputs = {{"x", onnx::float_type, {0, 2}}, {"w", onnx::float_type, {2, 2}}};
  graph.outputs = {"y"};
  const auto got = read(onnx::write_file_of(graph, 2, "0"));
  REQUIRE(got.inputs.size() == 1);
  CHECK(got.inputs[0].name == "x");
  CHECK(got.inputs[0].shape == std::vector<std::uint64_t>{0, 2});
}

TEST_CASE("Nodes") {
  const auto graph = read(file_with_node([](ProtobufWriter& node) {
    node.text(1, "");
    node.text(7, "com.example");
    node.text(4, "Strange");
    node.text(2, "y");
    node.text(2, "");
    node.text(6, "a word about it");
    node.message(5, [](ProtobufWriter& attribute) {
      attribute.text(1, "whole");
      attribute.number(3, std::numeric_limits<std::uint64_t>::max());
    });
    node.message(5, [](ProtobufWriter& attribute) {
      attribute.text(1, "real");
      attribute.real(2, 0.5F);
    });
    node.message(5, [](ProtobufWriter& attribute) {
      attribute.text(1, "text");
      attribute.text(4, "neither");
    });
  }));
  REQUIRE(graph.nodes.size() == 1);
  const onnx::Node& node = graph.nodes[0];
  CHECK(node.op == "com.example::Strange");
  CHECK(node.inputs.empty());
  CHECK(node.outputs == std::vector<std::string>{"y"});
  CHECK(node.attributes.at("whole") == OnnxNumber(std::int64_t{-1}));
  CHECK(node.attributes.at("real") == OnnxNumber(0.5F));
  CHECK(node.attributes.at("text") != node.attributes.at("text"));

  const auto called = [](const std::string& op) {
    return fault(file_with_node([&](ProtobufWriter& strange) { strange.text(4, op); }));
  };
  CHECK(called("") == damaged + "node has an operator \"\" at offset 4");
  CHECK(called("Re\nlu") == damaged + "node has an operator \"Re\\u000alu\" at offset 4");
  CHECK(contains(called(std::string(201, 'x')), "x\"... at offset 6"));
  CHECK(fault(file_with_node([](ProtobufWriter& twice) {
          for (int i = 0; i < 2; ++i) twice.message(5, [](ProtobufWriter& attribute) { attribute.text(1, "a"); });
        })) == damaged + "attribute has the name \"a\" again at offset 11");
}

TEST_CASE("A Constant is a tensor") {
  const auto constant = [](ProtobufWriter& graph) {
    graph.message(1, [](ProtobufWriter& node) {
      node.text(2, "half");
      node.text(4, "Constant");
      node.message(5, [](ProtobufWriter& attribute) {
        attribute.text(1, "value");
        attribute.message(5, [](ProtobufWriter& tensor) {
          tensor.number(2, 1);
          tensor.real(4, 0.5F);
        });
      });
    });
  };
  const auto graph = read(file_with(constant));
  CHECK(graph.nodes.empty());
  CHECK(graph.tensors.at("half").data.size() == 4);
  CHECK(fault(file_with([&](ProtobufWriter& twice) {
          constant(twice);
          constant(twice);
        })).starts_with(damaged + "node gives \"half\", which is there already"));
}
