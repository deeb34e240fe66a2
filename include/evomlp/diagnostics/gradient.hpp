// SPDX-License-Identifier: MIT
// gradient: the loss of a batch and its derivatives, without a training step.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/observe.hpp"
#include "evomlp/train/train_step.hpp"

#include <concepts>
#include <cstddef>

namespace evomlp {

/// What `gradient` returns.
template <std::floating_point T>
struct Gradient {
  double loss = 0;
  AlignedBuffer<T> parameters{};  ///< dL/dθ, in the order of parameter_table<Net>
  Tensor<T> x{};                  ///< dL/dx (batch, in_features)
};

/// Loss and gradients of the batch (x, y) in training mode, as train_step computes them before its update. The model
/// isn't changed. Throws as train_step.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
Gradient<T> gradient(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                     const xt::xexpression<Y>& y, const ObserveOptions& options = {}) {
  const detail::WholeBatch<Net, T, L, Isa, X, Y> batch(x.derived_cast(), y.derived_cast(), "gradient");
  const std::size_t n = batch.rows();

  Model<Net, T> work = model;  // its running statistics move
  State state(work, SGD{}, {.max_batch = static_cast<int>(n), .seed = options.seed});
  Gradient<T> result;
  result.x.resize({n, Net::in_features});
  result.loss = detail::gradients_of<Isa>(work, state, loss, batch.x.data(), n, batch.y.view(), result.x.data());
  result.parameters.assign(state.gradients().begin(), state.gradients().end());
  return result;
}

}  // namespace evomlp
