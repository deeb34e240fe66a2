// SPDX-License-Identifier: MIT
// The probe that measures each layer: what DepthProbe and init_report have in common.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/contract/elementwise.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/diagnostics/depth_figures.hpp"
#include "evomlp/diagnostics/layer_name.hpp"
#include "evomlp/diagnostics/norm.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// Fills in the last snapshot, and the places of its layers. Lists are left out: what is in them says it all. All
/// snapshots have as many layers as there are places; one that didn't run in a pass has no figures there.
class LayerProbe {
 public:
  LayerProbe(std::vector<LayerPlace>& places, std::vector<DepthSnapshot>& snapshots)
      : places_(places), snapshots_(snapshots) {}

  void forward(const auto& node, auto x, auto y) {
    using L = typename std::remove_cvref_t<decltype(node)>::Layer;
    if constexpr (!IsList<L>) {
      LayerFigures& figures = at<L>(node.path);
      measure_output(y, figures);
      if constexpr (Elementwise<L>) measure_activation<L>(x, y, figures);
    }
  }

  void backward(const auto& node, auto, auto, auto dy, auto) {
    using L = typename std::remove_cvref_t<decltype(node)>::Layer;
    if constexpr (!IsList<L>) {
      LayerFigures& figures = at<L>(node.path);
      figures.output_gradient = measured(norm(numbers(dy)));
      double sum = 0;
      [[maybe_unused]] const auto matrix = [&]<Name n, std::size_t... S>(const Parameter<n, S...>& tag) {
        if constexpr (sizeof...(S) == 2) sum += sum_of_squares(numbers(node.grad[tag]));
      };
      parameters_of<L>().each(matrix);
      if (has_matrix(parameters_of<L>())) figures.weight_gradient = measured(std::sqrt(sum));
    }
  }

 private:
  template <class L>
  LayerFigures& at(std::string_view path) {
    std::size_t i = 0;
    while (i < places_.size() && places_[i].path != path) ++i;
    if (i == places_.size()) {
      const std::string name = layer_name<L>();
      places_.push_back({std::string(path), name.substr(0, name.find('<'))});
      for (DepthSnapshot& snapshot : snapshots_) snapshot.layers.resize(places_.size());
    }
    return snapshots_.back().layers[i];
  }

  /// A NaN says that a figure has no meaning: what was measured and is none, overflowed.
  static double measured(double figure) { return figure == figure ? figure : std::numeric_limits<double>::infinity(); }

  static double number(const auto& m, std::size_t i, std::size_t j) { return static_cast<double>(m(i, j)); }

  static auto numbers(const auto& m) { return std::span(m.data, m.rows * m.cols); }

  static void measure_output(const auto& y, LayerFigures& figures) {
    const double rows = static_cast<double>(y.rows), count = rows * static_cast<double>(y.cols);
    std::vector<double> unit_mean(y.cols);
    double sum = 0;
    for (std::size_t i = 0; i < y.rows; ++i)
      for (std::size_t j = 0; j < y.cols; ++j) unit_mean[j] += number(y, i, j) / rows;
    for (const double mean : unit_mean) sum += mean;
    figures.mean = measured(sum / static_cast<double>(y.cols));
    // Around the means: a collapsed signal's variance is far below its square.
    double around_all = 0, around_unit = 0;
    for (std::size_t i = 0; i < y.rows; ++i)
      for (std::size_t j = 0; j < y.cols; ++j) {
        const double all = number(y, i, j) - figures.mean, unit = number(y, i, j) - unit_mean[j];
        around_all += all * all;
        around_unit += unit * unit;
      }
    const double squares = sum_of_squares(numbers(y));
    figures.stddev = measured(std::sqrt(around_all / count));
    if (y.rows > 1 && squares > 0) figures.spread = std::sqrt(around_unit / squares);
  }

  template <class A>
  static void measure_activation(const auto& x, const auto& y, LayerFigures& figures) {
    constexpr double flat = 0.01;
    std::vector<bool> alive(y.cols);
    std::size_t dead = y.cols, saturated = 0;
    for (std::size_t i = 0; i < y.rows; ++i)
      for (std::size_t j = 0; j < y.cols; ++j) {
        const Number<double> in(number(x, i, j)), out(number(y, i, j));
        const auto slope = [&] {
          if constexpr (SlopeNeedsInput<A>)
            return A::slope(in);
          else
            return A::slope_from_value(out);
        }();
        saturated += std::abs(Number<double>(slope).v) < flat ? 1 : 0;
        if (number(y, i, j) != 0 && !alive[j]) alive[j] = true, --dead;
      }
    if (y.rows > 1) figures.dead = static_cast<double>(dead) / static_cast<double>(y.cols);
    figures.saturated = static_cast<double>(saturated) / static_cast<double>(y.rows * y.cols);
  }

  std::vector<LayerPlace>& places_;
  std::vector<DepthSnapshot>& snapshots_;
};

}  // namespace evomlp::detail
