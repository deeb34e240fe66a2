// SPDX-License-Identifier: MIT
// to_graphviz: a network as a picture, in the language of Graphviz's `dot`.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/summary.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// Draws the layers of a summary one after the other. Edges are kept apart from nodes: `dot` puts a node into the
/// cluster inside which an edge names it.
class GraphvizText {
 public:
  explicit GraphvizText(const Summary& summary) : layers_(summary.layers) {}

  std::string text() {
    const std::string last = draw("x");
    edge(last, "y", width(layers_[0].out_features));
    return concat(
        {"digraph network {\n"
         "  graph [fontname=\"Helvetica\", fontsize=11, labeljust=l, color=\"#999999\"];\n"
         "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11, height=0.3];\n"
         "  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.7];\n"
         "  x [shape=plaintext];\n"
         "  y [shape=plaintext];\n",
         nodes_, edges_, "}\n"});
  }

 private:
  static std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    return result + '"';
  }
  static std::string width(std::size_t n, const std::string& more = {}) {
    return "label=" + quoted(concat({" ", n, more}));
  }

  void edge(const std::string& from, const std::string& to, const std::string& attributes) {
    edges_ += concat({"  ", from, " -> ", to, " [", attributes, "];\n"});
  }
  /// Where the outputs of a block's children come together.
  std::string junction(std::size_t index, const std::string& label) {
    const std::string name = concat({"join", index});
    nodes_ += concat({"  ", name, " [label=", quoted(label), ", shape=ellipse, margin=\"0.02,0.02\"];\n"});
    return name;
  }

  /// Draws the next layer, which `from` enters, with all inside; returns the node that its output leaves. `attributes`
  /// are those of the edges that go into it.
  std::string draw(const std::string& from, const std::string& attributes = {}) {
    const std::size_t index = next_++;
    const LayerSummary& one = layers_[index];
    if (one.composition == Composition::leaf) {
      const std::string name = concat({"layer", index});
      nodes_ += concat({"  ", name, " [label=", quoted(title(one)), "];\n"});
      edge(from, name, width(one.in_features) + attributes);
      return name;
    }
    const bool has_frame = index > 0 && !(one.composition == Composition::list && parent_ == Parent::block);
    if (has_frame) nodes_ += concat({"  subgraph cluster", index, " {\n  label=", quoted(title(one)), ";\n"});
    const Parent outer = parent_;
    parent_ = one.composition == Composition::list ? Parent::list : Parent::block;
    const auto inside = [&] { return next_ < layers_.size() && layers_[next_].depth > one.depth; };

    std::string last = from;
    if (one.composition == Composition::list) {
      for (std::string into = attributes; inside(); into.clear()) last = draw(last, into);
    } else if (one.composition == Composition::residual) {
      std::string shortcut = from, body = draw(from);
      if (inside()) shortcut = std::exchange(body, draw(from));
      last = junction(index, "+");
      edge(shortcut, last, width(one.out_features) + ", penwidth=2");
      edge(body, last, width(one.out_features, one.factor == "alpha" ? ", &alpha;" : ", &lambda; = " + one.factor));
    } else if (one.composition == Composition::highway) {
      const std::string gate = draw(from), body = draw(from);
      last = junction(index, "T F + (1 - T) x");
      edge(gate, last, width(one.out_features, ", T = &sigma;"));
      edge(body, last, width(one.out_features, ", F"));
      edge(from, last, width(one.out_features) + ", penwidth=2");
    } else {  // only the block knows what it does with its layers
      last = junction(index, "?");
      while (inside()) {
        const std::size_t out = layers_[next_].out_features;
        edge(draw(from, ", style=dashed"), last, width(out) + ", style=dashed");
      }
    }
    parent_ = outer;
    if (has_frame) nodes_ += "  }\n";
    return last;
  }

  static std::string title(const LayerSummary& one) {
    const std::string at = one.path.empty() ? "" : one.path + "  ";
    return concat({at, one.name, one.times > 1 ? concat({"  &times; ", one.times}) : ""});
  }

  enum class Parent { none, list, block };
  const std::vector<LayerSummary>& layers_;
  std::size_t next_ = 0;
  Parent parent_ = Parent::none;
  std::string nodes_, edges_;
};

}  // namespace detail

/// A network as DOT text, for Graphviz (`dot -Tsvg net.dot -o net.svg`): layers from top to bottom with the widths
/// between them, blocks as frames with their shortcut as a thick line, λ where a branch is added. Of equal modules in a
/// Repeat the first is drawn unless the summary was made with `.expand`. Of a block of one's own it shows the layers
/// inside, with dashed lines: how they are connected only the block knows.
template <class = detail::WhereCalled>
std::string to_graphviz(const Summary& summary) {
  return detail::GraphvizText(summary).text();
}
template <Network Net>
std::string to_graphviz(const SummaryOptions& options = {}) {
  return to_graphviz(summary<Net>(options));
}

}  // namespace evomlp
