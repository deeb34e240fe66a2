// SPDX-License-Identifier: MIT
// predict: the network as a function. Always prediction mode, const, and safe from any thread with its own workspace.
#pragma once

#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/kernels/softmax.hpp"
#include "evomlp/layers/sigmoid.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict_rows.hpp"
#include "evomlp/net/workspace.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace evomlp {

namespace detail {

inline void require_room(std::size_t rows, std::size_t max_batch, const char* where) {
  if (rows > max_batch)
    throw ShapeError(std::string(where) + ": a batch of " + std::to_string(rows) + " rows, more than the " +
                     std::to_string(max_batch) + " there is room for (max_batch)");
}

/// Rows that predict(model, x) runs at a time: enough for the products to be fast, few enough to stay in cache.
inline constexpr int predict_chunk = 256;

template <class Isa, class Net, class T>
void predict_into(const Model<Net, T>& model, const T* x, std::size_t rows, T* y) {
  if (rows == 0) return;
  const std::size_t chunk = (std::min)(rows, static_cast<std::size_t>(predict_chunk));
  Workspace<Net, T> workspace(static_cast<int>(chunk));
  for (std::size_t i = 0; i < rows; i += chunk)
    predict_rows<Net, Isa>(model.parameters().data(), model.buffers().data(), workspace.scratch(), workspace.capacity(),
                           x + i * Net::in_features, (std::min)(chunk, rows - i), y + i * Net::out_features);
}

/// Logits to probabilities, in place: σ of a single output, softmax of several.
template <class Isa, class T>
void to_probabilities(T* values, std::size_t rows, std::size_t cols) {
  const kernels::Matrix<T, Isa> y{values, rows, cols};
  if (cols == 1)
    kernels::each(
        y, [](auto z) { return Sigmoid::value(z); }, y);
  else
    kernels::softmax(y, y, [](auto...) {});
}

/// The class that a row of logits names: the largest of several, or whether a single one is positive.
template <class T>
std::int32_t to_class(std::span<const T> logits) {
  if (logits.size() == 1) return logits[0] > 0 ? 1 : 0;
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace detail

/// y = Net(x) as a new (batch, out_features) tensor; x is any (batch, in_features) xtensor expression of T.
/// Throws ShapeError when x has another width.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Tensor<T> predict(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  const detail::Rows<T, E> rows(x.derived_cast(), Net::in_features, "predict: x");
  auto y = make_matrix<T>(rows.rows(), Net::out_features);
  detail::predict_into<Isa>(model, rows.data(), rows.rows(), y.data());
  return y;
}

/// The same without an allocation: a view into the workspace, valid until its next use. Throws ShapeError when x has
/// more rows than the workspace holds.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
auto predict(const Model<Net, T>& model, const xt::xexpression<E>& x, Workspace<Net, T>& workspace) {
  const detail::Rows<T, E> rows(x.derived_cast(), Net::in_features, "predict: x");
  detail::require_room(rows.rows(), workspace.max_batch(), "predict");
  if (rows.rows() != 0)
    detail::predict_rows<Net, Isa>(model.parameters().data(), model.buffers().data(), workspace.scratch(),
                                   workspace.capacity(), rows.data(), rows.rows(), workspace.output());
  return detail::tensor_view(workspace.output(), rows.rows(), Net::out_features);
}

/// One sample, no tensor and nothing on the heap: for audio, control and games. The scratch is on the stack.
template <class Net, class T, class Isa = isa::ThisTarget>
void predict(const Model<Net, T>& model, std::span<const std::type_identity_t<T>, Net::in_features> x,
             std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  constexpr std::size_t room = detail::layout_of<Net>(Net::in_features).scratch(1);
  static_assert(room * sizeof(T) <= 256 * 1024,
                "evomlp::predict: the network is too wide for a stack; predict with a Workspace");
  alignas(64) std::array<T, room == 0 ? 1 : room> scratch;
  detail::predict_rows<Net, Isa>(model.parameters().data(), model.buffers().data(), scratch.data(), 1, x.data(),
                                 kernels::OneRow{}, y.data());
}

/// Probabilities from a network that ends in logits: σ of a single output, softmax of several. (batch, out_features)
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Tensor<T> predict_proba(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  auto y = predict<Net, T, E, Isa>(model, x);
  if (y.shape()[0] != 0) detail::to_probabilities<Isa>(y.data(), y.shape()[0], Net::out_features);
  return y;
}
template <class Net, class T, class Isa = isa::ThisTarget>
void predict_proba(const Model<Net, T>& model, std::span<const std::type_identity_t<T>, Net::in_features> x,
                   std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  predict<Net, T, Isa>(model, x, y);
  detail::to_probabilities<Isa>(y.data(), 1, Net::out_features);
}

/// The class of each row: the index of the largest output, or of a single output whether it is positive (1) or not (0).
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Labels predict_class(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  const auto y = predict<Net, T, E, Isa>(model, x);
  Labels classes = make_labels(y.shape()[0]);
  for (std::size_t i = 0; i < classes.size(); ++i)
    classes(i) = detail::to_class(std::span<const T>(y.data() + i * Net::out_features, Net::out_features));
  return classes;
}
template <class Net, class T, class Isa = isa::ThisTarget>
std::int32_t predict_class(const Model<Net, T>& model,
                           std::span<const std::type_identity_t<T>, Net::in_features> x) noexcept {
  std::array<T, Net::out_features> y;
  predict<Net, T, Isa>(model, x, y);
  return detail::to_class(std::span<const T>(y));
}

}  // namespace evomlp
