// SPDX-License-Identifier: MIT
// The DOT text: that `dot` could read it, and that its edges are those of the network.
#include "evomlp/diagnostics/to_graphviz.hpp"

#include "evomlp/core/write_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

/// Of the few forms of line that to_graphviz writes: nodes by label, edges between labels, with the edges' labels.
struct Graph {
  std::map<std::string, std::string> label_of;  // by name
  std::map<std::string, std::string> frame_of;  // a node's innermost cluster
  std::multiset<std::string> edges;             // "0 ReLU -> + [2, λ]"
  std::vector<std::string> frames;
};

std::string value_of(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key + "=\"");
  if (at == std::string::npos) return {};
  std::string value;
  for (std::size_t i = at + key.size() + 2; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\') ++i;
    value += line[i];
  }
  return value.substr(value.find_first_not_of(' ') == std::string::npos ? 0 : value.find_first_not_of(' '));
}

Graph parsed(const std::string& text) {
  Graph graph;
  std::vector<std::string> open;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  CHECK(line == "digraph network {");
  bool closed = false;
  while (std::getline(lines, line)) {
    INFO(line);
    REQUIRE(!closed);
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (first == "subgraph") {
      open.push_back(second);
      std::getline(lines, line);
      graph.frames.push_back(value_of(line, "label"));
      open.back() = graph.frames.back();
    } else if (first == "}") {
      if (open.empty())
        closed = true;
      else
        open.pop_back();
    } else if (second == "->") {
      REQUIRE(graph.label_of.contains(first));
      REQUIRE(graph.label_of.contains(third));
      std::string edge = graph.label_of[first] + " -> " + graph.label_of[third] + " [" + value_of(line, "label") + "]";
      if (line.find("penwidth=2") != std::string::npos) edge += " thick";
      if (line.find("style=dashed") != std::string::npos) edge += " dashed";
      graph.edges.insert(edge);
    } else if (first != "graph" && first != "node" && first != "edge") {
      const std::string label = value_of(line, "label");
      CHECK(graph.label_of.emplace(first, label.empty() ? first : label).second);
      if (!open.empty()) graph.frame_of[graph.label_of[first]] = open.back();
    }
  }
  CHECK(closed);
  return graph;
}

struct Quote {
  static constexpr std::string_view name = "says \"y\\x\"";
  static auto value(auto z) { return z; }
  static auto slope(auto) { return 1; }
};

template <std::size_t N>
struct Mix {
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr Child<"left", Linear<N, N>> left{};
  static constexpr Child<"right", Sequential<Linear<N, N>, Tanh>> right{};
  static constexpr auto children = table(left, right);
  static void predict(auto self, auto x, auto y) { self[left].predict(x, y); }
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    self[left].backward(grad[left], x, y, dy, dx);
  }
};

using Everything = Sequential<Linear<2, 4>, Repeat<8, ResidualBlock<5, Linear<4, 4>, ReLU>>, Sequential<Tanh, Quote>,
                              ProjectedResidualBlock<0.5, Linear<4, 3>, Linear<4, 3>>, ReZeroBlock<Linear<3, 3>>,
                              HighwayBlock<Linear<3, 3>>, Mix<3>>;

}  // namespace

TEST_CASE("A list is a chain with its widths") {
  const Graph graph = parsed(to_graphviz<Sequential<Linear<2, 5>, ReLU, Linear<5, 1>>>());
  CHECK(graph.edges == std::multiset<std::string>{"x -> 0  Linear<2, 5> [2]", "0  Linear<2, 5> -> 1  ReLU [5]",
                                                  "1  ReLU -> 2  Linear<5, 1> [5]", "2  Linear<5, 1> -> y [1]"});
  CHECK(graph.frames.empty());
}

TEST_CASE("Blocks are frames with their shortcut, their factor, their gate") {
  const Graph graph = parsed(to_graphviz<Everything>());
  const auto has = [&](const std::string& edge) {
    INFO(edge);
    CHECK(graph.edges.contains(edge));
  };
  CHECK(graph.frames == std::vector<std::string>{"1  Repeat<8>", "1.0  ResidualBlock<5>  &times; 8", "2  Sequential",
                                                 "3  ProjectedResidualBlock<0.5>", "4  ReZeroBlock", "5  HighwayBlock",
                                                 "6  Mix<3>"});
  has("0  Linear<2, 4> -> 1.0.body.0  Linear<4, 4> [4]");
  has("0  Linear<2, 4> -> + [4] thick");
  has("1.0.body.1  ReLU -> + [4, &lambda; = 5]");
  has("2.1  says \"y\\x\" -> 3.shortcut  Linear<4, 3> [4]");
  has("3.shortcut  Linear<4, 3> -> + [3] thick");
  has("3.body.0  Linear<4, 3> -> + [3, &lambda; = 0.5]");
  has("4.body.0  Linear<3, 3> -> + [3, &alpha;]");
  has("+ -> 5.gate  HighwayGate<3> [3]");
  has("5.body.0  Linear<3, 3> -> T F + (1 - T) x [3, F]");
  has("+ -> T F + (1 - T) x [3] thick");
  has("T F + (1 - T) x -> 6.left  Linear<3, 3> [3] dashed");
  has("6.right.0  Linear<3, 3> -> 6.right.1  Tanh [3]");
  has("6.right.1  Tanh -> ? [3] dashed");
  has("? -> y [3]");
  CHECK(graph.edges.size() == 25);
  CHECK(graph.frame_of.at("6.right.1  Tanh") == "6  Mix<3>");
  CHECK(graph.frame_of.at("1.0.body.1  ReLU") == "1.0  ResidualBlock<5>  &times; 8");
}

TEST_CASE("Expanded, every module of a Repeat is drawn, each block from the sum before it") {
  const Graph graph =
      parsed(to_graphviz<Sequential<Linear<2, 4>, Repeat<3, ResidualBlock<1, Linear<4, 4>>>>>({.expand = true}));
  CHECK(graph.frames.size() == 4);
  CHECK(graph.edges.contains("+ -> 1.2.body.0  Linear<4, 4> [4]"));
  CHECK(graph.edges.count("+ -> + [4] thick") == 2);
}

TEST_CASE("A block can be the network") {
  const Graph graph = parsed(to_graphviz<ResidualBlock<2, Linear<3, 3>>>());
  CHECK(graph.edges == std::multiset<std::string>{"x -> body.0  Linear<3, 3> [3]", "x -> + [3] thick",
                                                  "body.0  Linear<3, 3> -> + [3, &lambda; = 2]", "+ -> y [3]"});
}

TEST_CASE("Graphviz itself reads it, where it is installed") {
  if (std::system("dot -V >/dev/null 2>&1") != 0) return;
  const std::string text = to_graphviz<Everything>();
  const auto path = std::filesystem::temp_directory_path() / "evomlp_to_graphviz_test.dot";
  write_file(path, std::as_bytes(std::span(text)));
  CHECK(std::system(("dot -Tplain \"" + path.string() + "\" >/dev/null").c_str()) == 0);
  std::filesystem::remove(path);
}
