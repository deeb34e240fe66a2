// SPDX-License-Identifier: MIT
// gradient: the loss of a batch and its derivatives, without a training step.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace evomlp {

struct GradientOptions {
  std::uint64_t seed = 0;  ///< of the dropout masks
};

/// What `gradient` returns.
template <std::floating_point T>
struct Gradient {
  double loss = 0;
  AlignedBuffer<T> parameters{};  ///< dL/dθ, in the order of parameter_table<Net>
  xt::xtensor<T, 2> x{};          ///< dL/dx (batch, in_features)
};

/// Loss and gradients of the batch (x, y) in training mode, as train_step computes them before its update. The model
/// isn't changed. Throws as train_step.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
Gradient<T> gradient(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                     const xt::xexpression<Y>& y, const GradientOptions& options = {}) {
  const detail::Rows<T, X> rows(x.derived_cast(), Net::in_features, "gradient: x");
  const std::size_t n = rows.rows();
  const detail::Targets<L, T, Isa, Net::out_features, Y> targets(y.derived_cast(), n, "gradient");
  detail::require_training_batch<Net>(n, n, "gradient");

  Model<Net, T> work = model;  // its running statistics move
  State state(work, SGD{}, {.max_batch = static_cast<int>(n), .seed = options.seed});
  Gradient<T> result;
  result.x.resize({n, Net::in_features});
  result.loss = detail::gradients_of<Isa>(work, state, loss, rows.data(), n, targets.view(), result.x.data());
  result.parameters.assign(state.gradients().begin(), state.gradients().end());
  return result;
}

}  // namespace evomlp
