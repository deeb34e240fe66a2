// SPDX-License-Identifier: MIT
// gradient_paths: by which paths through a residual stack the gradient arrives.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/compose/structure.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/diagnostics/norm.hpp"
#include "evomlp/diagnostics/shortcut.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/train/observe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// The gradient that arrives at one block's input, over a batch. Norms are Euclidean, over the whole batch.
template <std::floating_point T>
struct BlockGradient {
  std::string path{};           ///< of the block: "2.0"
  Tensor<T> direct{};           ///< (batch, features): past all bodies from here to the end of the stack
  Tensor<T> residual{};         ///< through at least one of them; direct + residual is dL/dx of the block
  std::vector<double> norms{};  ///< [k]: of the sum over all paths through exactly k bodies

  double direct_norm() const { return norms.front(); }
  double residual_norm() const { return std::sqrt(product(residual, residual)); }
  double norm() const {
    return std::sqrt(product(direct, direct) + 2 * product(direct, residual) + product(residual, residual));
  }

  /// How much of the gradient g is direct: ⟨direct, g⟩ / ⟨g, g⟩. Below 0 or above 1 where direct and residual part
  /// work against each other. The residual part's share is the rest to 1.
  double direct_share() const {
    const double along = product(direct, direct) + product(direct, residual);
    return along / (along + product(direct, residual) + product(residual, residual));
  }
  /// norms[k] over their sum.
  std::vector<double> length_shares() const {
    const double sum = std::accumulate(norms.begin(), norms.end(), 0.0);
    std::vector<double> shares;
    for (const double one : norms) shares.push_back(one / sum);
    return shares;
  }
  /// Σ k · length_shares()[k].
  double mean_length() const {
    double mean = 0, k = 0;
    for (const double share : length_shares()) mean += k++ * share;
    return mean;
  }

 private:
  static double product(const Tensor<T>& a, const Tensor<T>& b) {
    return std::transform_reduce(a.begin(), a.end(), b.begin(), 0.0, std::plus<>{},
                                 [](T x, T y) { return static_cast<double>(x) * static_cast<double>(y); });
  }
};

/// What gradient_paths returns.
template <std::floating_point T>
struct GradientPaths {
  double loss = 0;
  double end_norm = 0;                     ///< of dL/dy of the last block
  std::vector<BlockGradient<T>> blocks{};  ///< first to last; blocks.front() has the paths through the whole stack

  /// A line for each block, then one for each length of the paths through the whole stack.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](double value) { return detail::number_text(value, 4); };
    TextTable by_block({"block", "gradient", "direct", "residual", "direct_share", "mean_length"}, 1);
    for (const BlockGradient<T>& one : blocks)
      by_block.add({one.path, number(one.norm()), number(one.direct_norm()), number(one.residual_norm()),
                    number(one.direct_share()), number(one.mean_length())});
    const BlockGradient<T>& first = blocks.front();
    const std::vector<double> shares = first.length_shares();
    TextTable by_length({"length", "norm", "share"}, 0);
    for (std::size_t k = 0; k < shares.size(); ++k)
      by_length.add({std::to_string(k), number(first.norms[k]), number(shares[k])});
    const std::string at = first.path.empty() ? "the input" : first.path;
    return detail::concat({by_block.text(), "\nthe gradient at ", at, " by the bodies passed:\n", by_length.text()});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// A line for each block: block, gradient, direct, residual, direct_share, mean_length, norm@0, norm@1, … (empty
  /// where there is no path of that length). Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    std::string text = "block,gradient,direct,residual,direct_share,mean_length";
    for (std::size_t k = 0; k <= blocks.size(); ++k) text += detail::concat({",norm@", k});
    text += '\n';
    for (const BlockGradient<T>& one : blocks) {
      detail::CsvLine line;
      line.add(one.path);
      for (const double value :
           {one.norm(), one.direct_norm(), one.residual_norm(), one.direct_share(), one.mean_length()})
        line.add(detail::number_text(value));
      for (std::size_t k = 0; k <= blocks.size(); ++k)
        line.add(k < one.norms.size() ? detail::number_text(one.norms[k]) : "");
      text += line.text();
    }
    write_file(path, text);
  }
};

namespace detail {

/// Whether each layer of a flat list has a shortcut.
template <class... Ls>
constexpr auto shortcuts(List<Ls...>) {
  return std::array<bool, sizeof...(Ls)>{HasShortcut<Ls>...};
}

/// The probe. Beside the gradient that passes by, it sends the sums over all paths of each length through every layer
/// of the network's list: a layer's backward takes any dy, as often as it is called.
template <class Net, std::floating_point T, class Isa>
class PathsProbe {
 public:
  static constexpr std::size_t blocks = [] {
    std::size_t count = 0;
    for (const bool has_shortcut : shortcuts(flat<Net>{})) count += has_shortcut ? 1 : 0;
    return count;
  }();

  template <class N>
  void backward(const N& node, auto x, auto y, auto dy, auto) {
    using L = typename N::Layer;
    if constexpr (!IsList<L> || !IsList<Net>) {
      if (result.blocks.size() == blocks || node.path != path(next_)) return;  // below all blocks, or inside one
      if (parts_.empty()) parts_ = {copy(dy)};
      if (HasShortcut<L> && result.blocks.empty()) result.end_norm = norm(numbers(parts_[0]));
      const auto back = [&](Tensor<T>& d) {
        return pulled(d, x.cols,
                      [&](auto from, auto to) { implementation<L>::backward(node.self, node.grad, x, y, from, to); });
      };
      if constexpr (HasShortcut<L>) {
        std::vector<Tensor<T>> past, through;
        for (Tensor<T>& part : parts_) {
          past.push_back(pulled(
              part, x.cols, [&](auto from, auto to) { shortcut_backward(L{}, node.self, node.grad, x, from, to); }));
          through.push_back(back(part));
          through.back() -= past.back();
        }
        parts_ = std::move(past);
        parts_.push_back(std::move(through.back()));
        for (std::size_t k = 0; k + 1 < through.size(); ++k) parts_[k + 1] += through[k];
        add(node.path);
      } else {
        for (Tensor<T>& part : parts_) part = back(part);
      }
      --next_;
    }
  }

  GradientPaths<T> result{};  // the blocks last to first

 private:
  static std::string_view path(std::size_t layer) {
    if constexpr (IsList<Net>)
      return flat_names<typename Net::Modules>[layer].view();
    else
      return {};
  }
  static Tensor<T> copy(auto from) {
    auto values = make_matrix<T>(from.rows, from.cols);
    std::copy_n(from.data, values.size(), values.data());
    return values;
  }
  static Tensor<T> pulled(Tensor<T>& dy, std::size_t cols, auto by) {
    auto dx = make_matrix<T>(dy.shape()[0], cols);
    const auto matrix = [](Tensor<T>& of) { return kernels::Matrix<T, Isa>{of.data(), of.shape()[0], of.shape()[1]}; };
    by(matrix(dy), matrix(dx));
    return dx;
  }
  static std::span<const T> numbers(const Tensor<T>& of) { return {of.data(), of.size()}; }
  void add(std::string_view path) {
    BlockGradient<T> block{.path = std::string(path), .direct = parts_[0], .residual = parts_[1]};
    for (std::size_t k = 2; k < parts_.size(); ++k) block.residual += parts_[k];
    for (const Tensor<T>& part : parts_) block.norms.push_back(norm(numbers(part)));
    result.blocks.push_back(std::move(block));
  }

  std::size_t next_ = flat<Net>::size - 1;  // in the flat list, which a backward pass goes through from the end
  std::vector<Tensor<T>> parts_{};          // [k]: of dL/d(what leaves that layer), what came through k bodies
};

}  // namespace detail

/// The gradient of the batch (x, y), in training mode, at the input of every residual block of the network (any block
/// with a shortcut: HasShortcut), taken apart: each block lets a gradient pass by its shortcut or through its body, so
/// that 2^L paths lead through L blocks. The sum over all paths through exactly k bodies is exact, for any bodies, at
/// the activations of this batch (Veit, Wilber and Belongie 2016 drew single paths and multiplied by their number);
/// the part of k = 0 is the direct share of He et al. (2016, identity mappings): dL/dx_L itself, where only blocks
/// follow one another. What stands between two blocks (a ReLU after the sum) is on every path.
///
/// A block inside another's body is part of that body. Takes O(L²) backward passes of one layer. The model isn't
/// changed. Throws as train_step.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
GradientPaths<T> gradient_paths(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                                const xt::xexpression<Y>& y, const ObserveOptions& options = {}) {
  using Paths = detail::PathsProbe<Net, T, Isa>;
  static_assert(Paths::blocks > 0,
                "evomlp::gradient_paths: the network has no residual block (no layer with an "
                "overload of shortcut_backward)");
  const detail::WholeBatch<Net, T, L, Isa, X, Y> batch(x.derived_cast(), y.derived_cast(), "gradient_paths");
  const std::size_t n = batch.rows();

  Paths probe;
  probe.result.loss = detail::observe_on<Isa>(model, loss, batch.x.data(), n, batch.y.view(), {options.seed, 0}, probe);
  std::reverse(probe.result.blocks.begin(), probe.result.blocks.end());
  return std::move(probe.result);
}

}  // namespace evomlp
