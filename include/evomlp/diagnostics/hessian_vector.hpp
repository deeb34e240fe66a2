// SPDX-License-Identifier: MIT
// hessian_vector: the second derivatives of a loss along one direction, on a network of any size.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/diagnostics/objective.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp {

struct HessianOptions {
  /// Length of the move to either side of the model, in the space of parameters; 0: ε^(1/3), which is 6.1e-6 for double
  /// and 4.9e-3 for float. Of the order where rounding (ε/step) and the third derivative (step²) disturb equally.
  double step = 0;
  int batch_size = 256;    ///< of a data source
  std::uint64_t seed = 0;  ///< of the dropout masks, and of which samples of a source are in a batch together
};

namespace detail {

template <class T>
void require_direction(std::span<const T> v, std::size_t parameters, const char* where) {
  if (v.size() != parameters)
    throw ShapeError(std::string(where) + ": a direction of " + std::to_string(v.size()) +
                     " numbers, the network has " + std::to_string(parameters) + " parameters");
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
/// parameters. A kink within the step (ReLU) counts as the curvature it has on average. The model isn't changed.
/// Throws ShapeError, DataError, and TrainingError where the result isn't finite.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
AlignedBuffer<T> hessian_vector(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x,
                                const xt::xexpression<Y>& y, std::span<const std::type_identity_t<T>> v,
                                const HessianOptions& options = {}) {
  detail::require_direction<T>(v, model.parameters().size(), "hessian_vector");
  return detail::with_objective<Isa>(model, loss, x.derived_cast(), y.derived_cast(), options.seed, LossMode::training,
                                     "hessian_vector", detail::hessian_vector_of<T>(v, options.step));
}

/// The same for the mean loss over a data source.
template <class Net, class T, Loss L, DataSource S, class Isa = isa::ThisTarget>
AlignedBuffer<T> hessian_vector(const Model<Net, T>& model, const L& loss, const S& source,
                                std::span<const std::type_identity_t<T>> v, const HessianOptions& options = {}) {
  detail::require_direction<T>(v, model.parameters().size(), "hessian_vector");
  return detail::with_objective<Isa>(model, loss, source, options.batch_size, options.seed, LossMode::training,
                                     "hessian_vector", detail::hessian_vector_of<T>(v, options.step));
}

}  // namespace evomlp
