// SPDX-License-Identifier: MIT
// init_report: how large signal and gradient are in every layer before the first step.
#pragma once

#include "evomlp/core/tensor.hpp"
#include "evomlp/diagnostics/depth_report.hpp"
#include "evomlp/diagnostics/layer_probe.hpp"
#include "evomlp/train/observe.hpp"

#include <limits>
#include <vector>

namespace evomlp {

/// The figures of every layer (scale and spread forward, dL/dW and dL/dy backward) for the batch (x, y), in training mode
/// and without a step; the model isn't changed. Initial weights keep the scale when stddev, or mean² + stddev², and
/// output_gradient stay the same from layer to layer; they keep the samples apart when spread does. Throws as
/// train_step.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
DepthReport init_report(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                        const xt::xexpression<Y>& y, const ObserveOptions& options = {}) {
  DepthReport report{{}, {DepthSnapshot{}}};
  const double value = detail::observe_as<Isa>("init_report", model, loss, x, y,
                                               detail::LayerProbe(report.places, report.snapshots), options);
  report.snapshots.front().loss = value == value ? value : std::numeric_limits<double>::infinity();
  return report;
}

}  // namespace evomlp
