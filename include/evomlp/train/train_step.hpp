// SPDX-License-Identifier: MIT
// train_step: forward, loss, backward, update. What `fit` does for each batch.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/flush_denormals.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/net/predict.hpp"
#include "evomlp/optim/chain_pass.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/state.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace evomlp {

namespace detail {

/// The network on a state's memory, for a batch of so many rows in training mode. `pass` must outlive it.
template <class Isa, class Net, class T, class C>
Self<Net, Mode<T, Isa, true>> self_in_training(Model<Net, T>& model, State<Net, T, C>& state, std::size_t rows,
                                               const Pass<T>& pass) {
  const auto memory = state.work();
  return {model.parameters().data(),
          model.buffers().data(),
          memory.scratch,
          rows,
          memory.capacity,
          Net::in_features,
          {memory.saved, &pass},
          {}};
}

/// Rows that are a step's batch, or a part of it.
template <class T, class Target>
struct BatchRows {
  const T* x;
  std::size_t rows;
  Target target;
  const T* weights = nullptr;  // all count the same
  double share = 1;            // of what the whole batch counts
};

/// What rows of a batch add to its loss and its gradients, which go to `gradients`; dL/dx where dx is given. BatchNorm's
/// running statistics move.
template <class Isa, class Net, class T, class C, class L, class Target>
double gradients_of_rows(Model<Net, T>& model, State<Net, T, C>& state, const L& loss,
                         const BatchRows<T, Target>& batch, const Pass<T>& pass, T* gradients, T* dx = nullptr) {
  const auto memory = state.work();
  const auto self = self_in_training<Isa>(model, state, batch.rows, pass);
  const kernels::Matrix<const T, Isa> input{batch.x, batch.rows, Net::in_features};
  const kernels::Matrix<T, Isa> y{memory.y, batch.rows, Net::out_features}, dy{memory.dy, batch.rows, Net::out_features};
  self.forward(input, y);
  const double value = loss_of(loss, y, batch.target, dy, batch.weights);
  if (batch.share != 1) kernels::each(dy, [share = batch.share](auto d) { return decltype(d)(share) * d; }, dy);
  self.backward(Gradients<Net, Mode<T, Isa, true>>{gradients}, input, y, dy,
                kernels::Matrix<T, Isa>{dx, dx ? batch.rows : 0, Net::in_features});
  return batch.share * value;
}

/// Loss and gradients of a batch in training mode; dL/dx where dx is given. BatchNorm's running statistics move. Weights
/// may be null.
template <class Isa, class Net, class T, class C, class L, class Target>
double gradients_of(Model<Net, T>& model, State<Net, T, C>& state, const L& loss, const T* x, std::size_t rows,
                    Target target, std::type_identity_t<T>* dx = nullptr, const std::type_identity_t<T>* weights = nullptr) {
  return gradients_of_rows<Isa>(model, state, loss, BatchRows<T, Target>{x, rows, target, weights},
                                Pass<T>{state.noise()}, state.work().gradients, dx);
}

/// A step around `gradients()`, which computes the batch's gradients and returns its loss, that before the update. A loss
/// that isn't finite updates nothing, running statistics included: a NaN there would stay.
template <class Isa, class Net, class T, class C>
double step_around(Model<Net, T>& model, State<Net, T, C>& state, auto gradients) {
  const FlushDenormals flush;
  const auto memory = state.work();
  std::copy(model.buffers().begin(), model.buffers().end(), memory.buffers_before);
  const double value = gradients();
  if (!portable::is_finite(value)) {
    std::copy_n(memory.buffers_before, model.buffers().size(), model.buffers().begin());
    return value;
  }
  apply_chain<Net, Isa>(state.chain(), ++memory.step, model.parameters().data(), memory.gradients, memory.rule_state,
                        memory.stride, memory.clip_counts);
  return value;
}

/// One step on flat memory.
template <class Isa, class Net, class T, class C, class L, class Target>
double step_on(Model<Net, T>& model, State<Net, T, C>& state, const L& loss, const T* x, std::size_t rows,
               Target target, const std::type_identity_t<T>* weights = nullptr) {
  require_logits<Net, L>();
  return step_around<Isa>(model, state,
                          [&] { return gradients_of<Isa>(model, state, loss, x, rows, target, nullptr, weights); });
}

template <class Net>
void require_training_batch(std::size_t rows, std::size_t max_batch, const char* where) {
  if (rows == 0) throw ShapeError(concat({where, ": an empty batch"}));
  require_room(rows, max_batch, where);
  constexpr const Counts& counts = counts_of<Net>;
  if (rows < counts.min_batch)
    throw ShapeError(
        concat({where, ": a batch of ", rows, rows == 1 ? " row" : " rows", ", but ", counts.min_batch_of,
                " needs at least ", counts.min_batch, " in training",
                // Why a layer of a user's needs more than it gets, only its author knows.
                counts.min_batch_of == "BatchNorm1d" ? " (a variance of one sample says nothing)" : ""}));
}

/// A batch that a user hands in for one forward and backward pass, whole and checked.
template <class Net, class T, class L, class Isa, class X, class Y>
struct WholeBatch {
  WholeBatch(const X& x_, const Y& y_, const char* where)
      : x(x_, Net::in_features, concat({where, ": x"}).c_str()), y(y_, x.rows(), where) {
    require_training_batch<Net>(x.rows(), x.rows(), where);
  }
  std::size_t rows() const { return x.rows(); }

  Rows<T, X> x;
  Targets<L, T, Isa, Net::out_features, Y> y;
};

}  // namespace detail

/// One training step on a batch: forward in training mode, loss, backward, update. x (batch, in_features) of T; y
/// (batch, out_features) of T, or class labels (batch) for a loss that takes them. Returns the batch's loss before the
/// update; when that isn't finite, the model is left as it was. Allocates nothing. Throws ShapeError or DataError
/// before anything is changed.
template <class Net, class T, class C, Loss L, class X, class Y, class Isa = isa::ThisTarget>
double train_step(Model<Net, T>& model, State<Net, T, C>& state, const L& loss, const xt::xexpression<X>& x,
                  const xt::xexpression<Y>& y) {
  const detail::Rows<T, X> rows(x.derived_cast(), Net::in_features, "train_step: x");
  const detail::Targets<L, T, Isa, Net::out_features, Y> targets(y.derived_cast(), rows.rows(), "train_step");
  detail::require_training_batch<Net>(rows.rows(), state.max_batch(), "train_step");
  return detail::step_on<Isa>(model, state, loss, rows.data(), rows.rows(), targets.view());
}

/// The same with a weight ≥ 0 for each sample, `sample_weights` (batch) of T: the loss is Σ wᵢ Lᵢ / Σ wᵢ.
template <class Net, class T, class C, Loss L, class X, class Y, class W, class Isa = isa::ThisTarget>
double train_step(Model<Net, T>& model, State<Net, T, C>& state, const L& loss, const xt::xexpression<X>& x,
                  const xt::xexpression<Y>& y, const xt::xexpression<W>& sample_weights) {
  const detail::Rows<T, X> rows(x.derived_cast(), Net::in_features, "train_step: x");
  const detail::Targets<L, T, Isa, Net::out_features, Y> targets(y.derived_cast(), rows.rows(), "train_step");
  const detail::Contiguous<T, 1, W> weights(sample_weights.derived_cast(), "train_step: sample_weights");
  detail::require_training_batch<Net>(rows.rows(), state.max_batch(), "train_step");
  if (weights.rows() != rows.rows())
    throw ShapeError(detail::concat(
        {"train_step: there are ", weights.rows(), " sample weights, x has ", rows.rows(), " rows"}));
  detail::require_weights(std::span<const T>(weights.data(), weights.rows()), "train_step");
  return detail::step_on<Isa>(model, state, loss, rows.data(), rows.rows(), targets.view(), weights.data());
}

}  // namespace evomlp
