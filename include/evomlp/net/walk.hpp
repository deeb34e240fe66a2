// SPDX-License-Identifier: MIT
// walk: a prediction, layer by layer, shown to an observer: probes, lesion studies and exporters are written on it.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/node.hpp"
#include "evomlp/net/predict.hpp"
#include "evomlp/net/workspace.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// Stands between the layers and a visitor.
template <class T, class Visitor>
class Walker {
 public:
  explicit Walker(Visitor& visitor) : visitor_(visitor) {}

  /// A matrix that stays until the walk ends.
  template <class Isa>
  kernels::Matrix<T, Isa> room(std::size_t rows, std::size_t cols) {
    auto& values = rooms_.emplace_back(rows * cols);
    return {values.data(), rows, cols};
  }

  /// The handle of a layer in a list, with scratch of its own.
  template <class S>
  S with_memory(S self) {
    self.scratch =
        rooms_.emplace_back(layout_of<typename S::Layer>(self.width).scratch.prediction(self.capacity)).data();
    return self;
  }

  /// Runs a layer and shows it; its result goes to `y`, whatever that is, by way of a matrix that can be looked at.
  template <class S, class To>
  void run(const S& self, auto x, To y) {
    using L = typename S::Layer;
    const std::size_t before = self.watch.name.empty() ? path_.length : path_.push(self.watch.name);
    auto to = [&] {
      if constexpr (kernels::is_matrix<To>)
        return y;
      else
        return room<typename S::Isa>(y.rows, y.cols);
    }();
    const Node<S> node{path_.view(), self};
    if (skips(node)) {
      if (x.cols != to.cols)
        throw Error(concat(
            {"walk: layer \"", node.path, "\" can't be skipped: it takes ", x.cols, " features and gives ", to.cols}));
      kernels::each(to, [](auto v) { return v; }, x);
    } else {
      implementation<L>::predict(self, x, to);
    }
    visitor_(node, x, to);
    if constexpr (!kernels::is_matrix<To>) kernels::each(y, [](auto v) { return v; }, to);
    path_.cut(before);
  }

  /// Which layer of a list runs in place `index`.
  template <std::size_t n>
  std::size_t choose(std::size_t index, const std::array<Path, n>& names, const std::array<std::size_t, n + 1>& width) {
    if constexpr (requires { visitor_.choose(std::string_view{}, index); }) {
      const std::size_t before = path_.push(names[index].view());
      const std::size_t which = visitor_.choose(path_.view(), index);
      const std::string path(path_.view());
      path_.cut(before);
      if (which >= n || width[which] != width[index] || width[which + 1] != width[index + 1])
        throw Error(concat({"walk: place \"", path, "\" can't be given to layer ", which,
                            " of its list: ", which >= n ? concat({"there are only ", n}) : "their widths differ"}));
      return which;
    }
    return index;
  }

 private:
  template <class N>
  bool skips(const N& node) {
    if constexpr (requires { visitor_.skip(node); })
      return visitor_.skip(node);
    else
      return false;
  }

  Visitor& visitor_;
  Path path_;
  std::vector<AlignedBuffer<T>> rooms_;  // when it grows, the buffers move and their numbers stay
};

}  // namespace detail

/// y = Net(x) as predict, unfused, layer by layer in the order of execution. After each layer, and after each block and
/// the network itself, `visitor(node, x, y)` sees what entered and what left. Two members are optional:
/// `bool skip(node)`: true passes the input on instead of running the layer (widths must agree), and
/// `std::size_t choose(path, index)`: which layer of the same list, counted flat, runs in place `index`: to swap
/// blocks. Agrees with predict to rounding. Returns a view into the workspace, valid until its next use.
template <class Net, class T, class E, class Visitor, class Isa = isa::ThisTarget>
auto walk(const Model<Net, T>& model, Workspace<Net, T>& workspace, const xt::xexpression<E>& x, Visitor&& visitor) {
  const detail::Rows<T, E> rows(x.derived_cast(), Net::in_features, "walk: x");
  detail::require_room(rows.rows(), workspace.max_batch(), "walk");
  detail::require_outside(workspace, rows.data(), "walk");
  using Walker = detail::Walker<T, std::remove_reference_t<Visitor>>;
  using Mode = detail::Mode<T, Isa, false, Walker>;
  Walker walker(visitor);
  const detail::Self<Net, Mode> self{model.parameters().data(),
                                     model.buffers().data(),
                                     workspace.scratch(),
                                     rows.rows(),
                                     workspace.capacity(),
                                     Net::in_features,
                                     {},
                                     {&walker, {}}};
  if (rows.rows() != 0)
    self.predict(kernels::Matrix<const T, Isa>{rows.data(), rows.rows(), Net::in_features},
                 kernels::Matrix<T, Isa>{workspace.output(), rows.rows(), Net::out_features});
  return detail::tensor_view(workspace.output(), rows.rows(), Net::out_features);
}

}  // namespace evomlp
