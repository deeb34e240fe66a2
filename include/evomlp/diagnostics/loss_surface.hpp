// SPDX-License-Identifier: MIT
// loss_surface: the loss around a model, along one direction or over two.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/diagnostics/objective.hpp"
#include "evomlp/diagnostics/surface.hpp"
#include "evomlp/diagnostics/surface_axis.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace evomlp {

struct LossSurfaceOptions {
  LossMode mode = LossMode::training;
  int batch_size = 256;    ///< of a data source, in training mode
  std::uint64_t seed = 0;  ///< of the dropout masks, and of which samples of a source are in a batch together
};

namespace detail {

template <class Net, class T>
void require_axes(const std::vector<SurfaceAxis>& axes) {
  if (axes.empty() || axes.size() > 2)
    throw TrainingError(concat({"loss_surface: ", axes.size(), " axes, expected one or two"}));
  for (const SurfaceAxis& axis : axes) require_axis(axis, Model<Net, T>::num_parameters);
}

template <class T>
auto surface_over(const std::vector<SurfaceAxis>& axes, LossMode mode) {
  return [&axes, mode](auto& objective) {
    LossSurface surface;
    for (const SurfaceAxis& axis : axes) {
      auto& [name, at] = surface.axes.emplace_back();
      name = axis.name;
      for (int i = 0; i < axis.points; ++i)
        at.push_back(axis.from + (axis.to - axis.from) * (static_cast<double>(i) / (axis.points - 1)));
    }
    const SurfaceAxis& first = axes.front();
    const SurfaceAxis& last = axes.back();
    for (const double a : surface.axes.front().at) {
      if (axes.size() == 1) {
        objective.move_to(a - first.origin, first.direction);
        surface.values.push_back(objective.loss(mode));
        continue;
      }
      for (const double b : surface.axes.back().at) {
        objective.move_to(a - first.origin, first.direction, b - last.origin, last.direction);
        surface.values.push_back(objective.loss(mode));
      }
    }
    // 32: sums of products, and losses that are differences of them.
    surface.rounding = 32 * static_cast<double>(std::numeric_limits<T>::epsilon());
    surface.least_rounding = surface.rounding * (std::min)(1.0, surface.highest().loss - surface.lowest().loss);
    return surface;
  };
}

}  // namespace detail

/// The loss on the batch (x, y) where the parameters are moved along one axis, or two: a slice, or a grid. The model
/// isn't changed. In which mode matters where there is BatchNorm: in training mode (the default) it follows the moved
/// weights, in prediction mode its running statistics stay those of the model itself, so that the surface is steeper.
///
///     const auto a = random_axis(model, {.seed = 1}), b = random_axis(model, {.seed = 2});
///     loss_surface(model, loss, x, y, {a, b}).print();
///
/// Throws TrainingError for invalid axes, ShapeError and DataError as `gradient` and `evaluate` do.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
LossSurface loss_surface(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                         const xt::xexpression<Y>& y, const std::vector<SurfaceAxis>& axes,
                         const LossSurfaceOptions& options = {}) {
  detail::require_axes<Net, T>(axes);
  return detail::with_objective<T, Isa>(model, loss, x.derived_cast(), y.derived_cast(), options.seed, options.mode,
                                        "loss_surface", detail::surface_over<T>(axes, options.mode));
}

/// The same of the mean loss over a data source.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
LossSurface loss_surface(const Model<Net, T>& model, const S& source, const L& loss,
                         const std::vector<SurfaceAxis>& axes, const LossSurfaceOptions& options = {}) {
  detail::require_axes<Net, T>(axes);
  return detail::with_objective<T, Isa>(model, loss, source, options.batch_size, options.seed, options.mode,
                                        "loss_surface", detail::surface_over<T>(axes, options.mode));
}

}  // namespace evomlp
