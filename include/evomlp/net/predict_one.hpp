// SPDX-License-Identifier: MIT
// One sample through a network whose numbers lie anywhere: no heap, no exceptions, no tensors, scratch on the stack.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/contract/concepts.hpp"
#include "evomlp/core/index_of_largest.hpp"
#include "evomlp/core/view.hpp"
#include "evomlp/kernels/softmax.hpp"
#include "evomlp/layers/sigmoid.hpp"
#include "evomlp/net/predict_rows.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace evomlp {

/// A network's numbers, in the order of parameter_table<Net>: `num_parameters` weights, and the running statistics if it
/// has any. Constant memory, flash or a Model may own them.
template <Network Net, std::floating_point T = float>
struct ModelView {
  static constexpr std::size_t num_parameters = detail::layout_of<Net>(Net::in_features).parameters;
  static constexpr std::size_t num_buffers = detail::layout_of<Net>(Net::in_features).buffers;

  const T* parameters;
  const T* buffers = nullptr;
};

namespace detail {

/// Logits to probabilities, in place: σ of a single output, softmax of several.
template <class Isa, class T>
void to_probabilities(T* values, std::size_t rows, std::size_t cols) {
  const kernels::Matrix<T, Isa> y{values, rows, cols};
  if (cols == 1)
    kernels::each(y, [](auto z) { return Sigmoid::value(z); }, y);
  else
    kernels::softmax(y, y, [](auto...) {});
}

/// The class that a row of logits names: the largest of several, or whether a single one is positive (a NaN is not).
template <class T>
std::int32_t to_class(std::span<const T> logits) {
  if (logits.size() == 1) return logits[0] > 0 ? 1 : 0;
  return static_cast<std::int32_t>(index_of_largest(logits));
}

}  // namespace detail

/// y = Net(x). x and y must not overlap. Standard C++ for any target; with kernels/native.hpp included,
/// Isa = isa::ThisTarget uses its SIMD.
template <class Net, class T, class Isa = isa::Plain>
void predict(ModelView<Net, T> model, std::span<const std::type_identity_t<T>, Net::in_features> x,
             std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  constexpr std::size_t room = detail::layout_of<Net>(Net::in_features).scratch.prediction(1);
  static_assert(room * sizeof(T) <= 256 * 1024,
                "evomlp::predict: the network is too wide for a stack; predict with a Workspace");
  alignas(typename Isa::template Vector<T>) std::array<T, room == 0 ? 1 : room> scratch;
  detail::predict_rows<Net, Isa>(model.parameters, model.buffers, scratch.data(), kernels::OneRow{}, x.data(),
                                 kernels::OneRow{}, y.data());
}

/// Probabilities from a network that ends in logits: σ of a single output, softmax of several.
template <class Net, class T, class Isa = isa::Plain>
void predict_proba(ModelView<Net, T> model, std::span<const std::type_identity_t<T>, Net::in_features> x,
                   std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  predict<Net, T, Isa>(model, x, y);
  detail::to_probabilities<Isa>(y.data(), 1, Net::out_features);
}

/// The index of the largest output (of the first NaN, if there is one), or of a single output whether it is positive (1)
/// or not (0).
template <class Net, class T, class Isa = isa::Plain>
std::int32_t predict_class(ModelView<Net, T> model,
                           std::span<const std::type_identity_t<T>, Net::in_features> x) noexcept {
  std::array<T, Net::out_features> y;
  predict<Net, T, Isa>(model, x, y);
  return detail::to_class(std::span<const T>(y));
}

}  // namespace evomlp
