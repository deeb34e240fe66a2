// SPDX-License-Identifier: MIT
// hessian_vector: the second derivatives of a loss along one direction, on a network of any size.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/diagnostics/objective.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp {

struct HessianOptions {
  /// Length of the move to either side of the model, in the space of parameters; 0: 1e-7, which meets next to no kinks
  /// of ReLU. A smooth loss tolerates 6e-6, which gives two digits more.
  double step = 0;
  int batch_size = 256;    ///< of a data source
  std::uint64_t seed = 0;  ///< of the dropout masks, and of which samples of a source are in a batch together
};

namespace detail {

template <class T>
void require_direction(std::span<const T> v, std::size_t parameters, const char* where) {
  if (v.size() != parameters)
    throw ShapeError(
        concat({where, ": a direction of ", v.size(), " numbers, the network has ", parameters, " parameters"}));
}

/// Checked, and 0 replaced. ε^(1/3) = 6e-6 balances rounding and the third derivative where the loss is smooth; but the
/// jumps of the gradient at the kinks that a step meets weigh 1/step, and a thousand ReLU units with a few hundred
/// samples have kinks everywhere. 1e-7 meets next to none of them, and rounding leaves eight digits of H.
inline double hessian_step(double step, const char* where) {
  require_not_negative(where, "step", step);
  return step == 0 ? 1e-7 : step;
}

template <class T>
auto hessian_vector_of(std::span<const T> v, double step) {
  return [v, step](auto& objective) {
    const std::vector<double> along(v.begin(), v.end());
    std::vector<double> product(along.size());
    objective.hessian_times(along, step, product);
    AlignedBuffer<T> result(product.size());
    for (std::size_t i = 0; i < product.size(); ++i) result[i] = static_cast<T>(product[i]);
    return result;
  };
}

}  // namespace detail

/// H v, where H is the Hessian ∂²L/∂θ² of the loss on the batch (x, y) in training mode, for a v of any length in the
/// order of parameter_table<Net>: (∇L(θ + s·v/‖v‖) − ∇L(θ − s·v/‖v‖)) · ‖v‖ / 2s. Two gradients, whatever the number of
/// parameters, in double whatever the model's scalar. Where the loss has kinks (ReLU) H is that of the smooth piece on
/// which the model lies; a kink within the step adds the gradient's jump over 2s to it, which is large: compare with
/// another step. The model isn't changed. Throws ShapeError, DataError, and TrainingError for an invalid step and
/// where the result isn't finite.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
AlignedBuffer<T> hessian_vector(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                                const xt::xexpression<Y>& y, std::span<const std::type_identity_t<T>> v,
                                const HessianOptions& options = {}) {
  detail::require_direction<T>(v, model.parameters().size(), "hessian_vector");
  const double step = detail::hessian_step(options.step, "hessian_vector");
  return detail::with_objective<double, Isa>(model, loss, x.derived_cast(), y.derived_cast(), options.seed,
                                             LossMode::training, "hessian_vector",
                                             detail::hessian_vector_of<T>(v, step));
}

/// The same for the mean loss over a data source.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
AlignedBuffer<T> hessian_vector(const Model<Net, T>& model, const S& source, const L& loss,
                                std::span<const std::type_identity_t<T>> v, const HessianOptions& options = {}) {
  detail::require_direction<T>(v, model.parameters().size(), "hessian_vector");
  const double step = detail::hessian_step(options.step, "hessian_vector");
  return detail::with_objective<double, Isa>(model, loss, source, options.batch_size, options.seed, LossMode::training,
                                             "hessian_vector", detail::hessian_vector_of<T>(v, step));
}

}  // namespace evomlp
