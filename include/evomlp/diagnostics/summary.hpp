// SPDX-License-Identifier: MIT
// summary: what a network is made of, layer by layer, in a table.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/compose/widths.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/diagnostics/layer_name.hpp"
#include "evomlp/net/model.hpp"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

struct SummaryOptions {
  bool expand = false;  ///< each of the equal modules of a Repeat, not the first alone
};

/// How a layer's output comes about.
enum class Composition {
  leaf,      ///< it holds no layers
  list,      ///< the layers in it run one after the other
  residual,  ///< y = S(x) + factor · F(x): its children are F, or S and F
  highway,   ///< y = T(x) F(x) + (1 − T(x)) x: its children are T and F
  own        ///< a block that isn't ours: only it knows
};

/// A layer, a block or a list of layers.
struct LayerSummary {
  std::string path{};     ///< as in the keys of its parameters: "2.0.body.0"; "" is the network itself
  std::string name{};     ///< layer_name: "Linear<2, 32>"
  std::size_t depth = 0;  ///< in how many others it lies
  std::size_t times = 1;  ///< how many equal modules of a Repeat it stands for
  Composition composition = Composition::leaf;
  std::string factor{};  ///< of a residual block's F: λ, or "alpha"
  std::size_t in_features = 0, out_features = 0;
  // With all that lies inside; of one of the `times` modules.
  std::size_t parameters = 0, buffers = 0;  ///< trained and untrained numbers
  std::size_t multiply_adds = 0;            ///< by its weight matrices, for a sample
};

/// What `summary` returns.
struct Summary {
  std::vector<LayerSummary> layers{};               ///< the network first, each block before what it holds
  std::size_t num_layers = 0, num_modules = 0;      ///< Net::num_layers (with a weight matrix), Net::num_modules
  std::size_t num_parameters = 0, num_buffers = 0;  ///< trained and untrained numbers
  std::size_t bytes = 0;                            ///< that these take
  std::size_t multiply_adds = 0;  ///< by weight matrices, to predict a sample; to train with it, about three times that
  std::string scalar{};           ///< "float" or "double"

  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](std::size_t n) { return n == 0 ? "-" : std::to_string(n); };
    TextTable table({"path", "layer", "in", "out", "parameters", "buffers", "multiply-adds"}, 2);
    const bool skip_network = layers.size() > 1 && layers[0].composition == Composition::list;
    for (const LayerSummary& one : std::span(layers).subspan(skip_network ? 1 : 0)) {
      const std::size_t depth = one.depth - (skip_network ? 1 : 0);
      const std::string times = one.times > 1 ? detail::concat({" x ", one.times}) : "";
      table.add({one.path, detail::concat({std::string(2 * depth, ' '), one.name, times}),
                 std::to_string(one.in_features), std::to_string(one.out_features), number(one.parameters),
                 number(one.buffers), number(one.multiply_adds)});
    }
    return detail::concat({table.text(), num_layers, " layers with weights, ", num_modules, " modules\n",
                           num_parameters, " parameters, ", num_buffers, " untrained numbers in buffers: ", bytes,
                           " bytes as ", scalar, "\n", multiply_adds, " multiply-adds to predict a sample\n"});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// The layers: path, layer, depth, times, in_features, out_features, parameters, buffers, multiply_adds. Written
  /// whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    TextTable table(
        {"path", "layer", "depth", "times", "in_features", "out_features", "parameters", "buffers", "multiply_adds"},
        0);
    for (const LayerSummary& one : layers)
      table.add({one.path, one.name, std::to_string(one.depth), std::to_string(one.times),
                 std::to_string(one.in_features), std::to_string(one.out_features), std::to_string(one.parameters),
                 std::to_string(one.buffers), std::to_string(one.multiply_adds)});
    write_file(path, table.csv());
  }
};

namespace detail {

template <class L>
struct CompositionOf {
  static constexpr std::size_t children = decltype(children_of<L>())::size;
  static constexpr Composition composition = [] {
    if (IsList<L>) return Composition::list;
    if (children == 0) return Composition::leaf;
    constexpr bool adds = requires { L::residual_scale; };
    return adds && children <= 2 ? Composition::residual : Composition::own;
  }();
  static std::string factor() {
    if constexpr (composition == Composition::residual)
      return argument_text(L::residual_scale);
    else
      return {};
  }
};
template <class... Ls>
struct CompositionOf<ReZeroBlock<Ls...>> {
  static constexpr Composition composition = Composition::residual;
  static std::string factor() { return "alpha"; }
};
template <class... Ls>
struct CompositionOf<HighwayBlock<Ls...>> {
  static constexpr Composition composition = Composition::highway;
  static std::string factor() { return {}; }
};

template <class L>
inline constexpr std::size_t repeats = 1;
template <std::size_t N, class... Ls>
inline constexpr std::size_t repeats<Repeat<N, Ls...>> = N;

/// Lists a network's layers, depth first.
class Outline {
 public:
  explicit Outline(bool expand) : expand_(expand) {}

  /// L, where `width` features enter, and all inside; returns its multiply-adds.
  template <class L>
  std::size_t add(const std::string& path, std::size_t width, std::size_t depth, std::size_t times = 1) {
    const std::size_t index = layers.size();
    const Layout layout = layout_of<L>(width);
    layers.push_back({path, layer_name<L>(), depth, times, CompositionOf<L>::composition, CompositionOf<L>::factor(),
                      width, out_width<L>() == same_width ? width : out_width<L>(), layout.parameters, layout.buffers,
                      0});
    std::size_t multiply_adds = of_matrices(parameters_of<L>());
    if constexpr (IsList<L>)
      multiply_adds += add_modules<repeats<L>>(typename L::Modules{}, path, width, depth + 1);
    else
      multiply_adds += add_children(children_of<L>(), path, depth + 1);
    return layers[index].multiply_adds = multiply_adds;
  }

  std::vector<LayerSummary> layers{};

 private:
  template <class... Es>
  static std::size_t of_matrices(TagTable<Es...>) {
    [[maybe_unused]] const auto one = []<Name n, std::size_t... S>(Parameter<n, S...>) {
      return sizeof...(S) == 2 ? (S * ... * 1) : std::size_t{0};
    };
    return (std::size_t{0} + ... + one(Es{}));
  }
  static std::string joined(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : concat({path, ".", name});
  }

  template <std::size_t copies, class... Ls>
  std::size_t add_modules(List<Ls...>, const std::string& path, std::size_t width, std::size_t depth) {
    const std::size_t shown = expand_ ? sizeof...(Ls) : sizeof...(Ls) / copies, times = sizeof...(Ls) / shown;
    std::size_t index = 0, multiply_adds = 0;
    const auto one = [&]<class L>() {
      if (index < shown) multiply_adds += times * add<L>(joined(path, std::to_string(index)), width, depth, times);
      if constexpr (out_width<L>() != same_width) width = out_width<L>();
      ++index;
    };
    (one.template operator()<Ls>(), ...);
    return multiply_adds;
  }
  template <class... Children>
  std::size_t add_children(TagTable<Children...>, const std::string& path, std::size_t depth) {
    [[maybe_unused]] const auto one = [&]<Name n, class C, std::size_t Width>(Child<n, C, Width>) {
      return add<C>(joined(path, n.view()), Width, depth);
    };
    return (std::size_t{0} + ... + one(Children{}));
  }

  bool expand_;
};

}  // namespace detail

/// The layers of a network with their widths, parameters and multiply-adds, and the sums. Of equal modules in a Repeat
/// the first stands for all (`times`). It takes any layer: layer_name names one's own, and a weight
/// matrix counts as one multiply-add for each of its numbers, whatever the layer does with it.
template <Network Net, class T = float>
Summary summary(const SummaryOptions& options = {}) {
  detail::Outline outline(options.expand);
  Summary result;
  result.multiply_adds = outline.add<Net>("", Net::in_features, 0);
  result.layers = std::move(outline.layers);
  result.num_layers = detail::counts_of<Net>.layers;
  result.num_modules = detail::counts_of<Net>.modules;
  result.num_parameters = Model<Net, T>::num_parameters;
  result.num_buffers = Model<Net, T>::num_buffers;
  result.bytes = (result.num_parameters + result.num_buffers) * sizeof(T);
  result.scalar = detail::compilers_name<T>();
  return result;
}

/// The same of a model, whose T decides the bytes.
template <class Net, class T>
Summary summary(const Model<Net, T>&, const SummaryOptions& options = {}) {
  return summary<Net, T>(options);
}

}  // namespace evomlp
