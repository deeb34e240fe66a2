// SPDX-License-Identifier: MIT
// predict: the network as a function. Always prediction mode, const, and safe from any thread with its own workspace.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/predict_one.hpp"
#include "evomlp/net/predict_rows.hpp"
#include "evomlp/net/workspace.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

inline void require_room(std::size_t rows, std::size_t max_batch, const char* where) {
  if (rows > max_batch)
    throw ShapeError(
        concat({where, ": a batch of ", rows, " rows, more than the ", max_batch, " there is room for (max_batch)"}));
}

/// A result would be written over the samples that are still to be read.
template <class Net, class T>
void require_outside(Workspace<Net, T>& workspace, const T* x, const char* where) {
  const T* const output = workspace.output();
  if (!std::less<>{}(x, output) && std::less<>{}(x, output + workspace.capacity() * Net::out_features))
    throw Error(concat({where,
                        ": x lies in the workspace, as the result of a prediction does: copy it first, or use "
                        "another workspace"}));
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

template <std::size_t outputs, class T>
void to_classes(const T* y, std::size_t rows, std::int32_t* classes) {
  for (std::size_t i = 0; i < rows; ++i) classes[i] = to_class(std::span<const T>(y + i * outputs, outputs));
}

}  // namespace detail

/// A view of a model's numbers, valid as long as the model lives.
template <class Net, class T>
ModelView<Net, T> view_of(const Model<Net, T>& model) {
  return {model.parameters().data(), model.buffers().data()};
}

/// y = Net(x) as a new (batch, out_features) tensor; x is any (batch, in_features) xtensor expression of T.
/// Throws ShapeError when x has another width.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Tensor<T> predict(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  const detail::Rows<T, E> rows(x.derived_cast(), Net::in_features, "predict: x");
  auto y = make_matrix<T>(rows.rows(), Net::out_features);
  detail::predict_into<Isa>(model, rows.data(), rows.rows(), y.data());
  return y;
}

/// A vector could be one sample or many: a compile error that says how.
template <class Net, class T, class E>
void predict(const Model<Net, T>&, const std::vector<E>&) {
  static_assert(!std::is_same_v<E, E>,
                "evomlp::predict: x is a tensor, a row for each sample; one sample goes from and to "
                "spans: predict(model, std::span<const float, in>(x), std::span<float, out>(y))");
}

/// The same without an allocation: a view into the workspace, valid until its next use. Throws ShapeError when x has
/// more rows than the workspace holds, and Error when x is such a view into it.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
auto predict(const Model<Net, T>& model, const xt::xexpression<E>& x, Workspace<Net, T>& workspace) {
  const detail::Rows<T, E> rows(x.derived_cast(), Net::in_features, "predict: x");
  detail::require_room(rows.rows(), workspace.max_batch(), "predict");
  detail::require_outside(workspace, rows.data(), "predict");
  if (rows.rows() != 0)
    detail::predict_rows<Net, Isa>(model.parameters().data(), model.buffers().data(), workspace.scratch(),
                                   workspace.capacity(), rows.data(), rows.rows(), workspace.output());
  return detail::tensor_view(workspace.output(), rows.rows(), Net::out_features);
}

/// One sample, no tensor and nothing on the heap: for audio, control and games. The scratch is on the stack; x and y must
/// not overlap.
template <class Net, class T, class Isa = isa::ThisTarget>
void predict(const Model<Net, T>& model, std::span<const std::type_identity_t<T>, Net::in_features> x,
             std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  predict<Net, T, Isa>(view_of(model), x, y);
}

/// Probabilities from a network that ends in logits: σ of a single output, softmax of several. (batch, out_features)
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Tensor<T> predict_proba(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  auto y = predict<Net, T, E, Isa>(model, x);
  if (y.shape()[0] != 0) detail::to_probabilities<Isa>(y.data(), y.shape()[0], Net::out_features);
  return y;
}
/// In a workspace as predict; the same memory.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
auto predict_proba(const Model<Net, T>& model, const xt::xexpression<E>& x, Workspace<Net, T>& workspace) {
  auto y = predict<Net, T, E, Isa>(model, x, workspace);
  if (y.shape()[0] != 0) detail::to_probabilities<Isa>(workspace.output(), y.shape()[0], Net::out_features);
  return y;
}
template <class Net, class T, class Isa = isa::ThisTarget>
void predict_proba(const Model<Net, T>& model, std::span<const std::type_identity_t<T>, Net::in_features> x,
                   std::span<std::type_identity_t<T>, Net::out_features> y) noexcept {
  predict_proba<Net, T, Isa>(view_of(model), x, y);
}

/// The class of each row: the index of the largest output (of the first NaN, if there is one), or of a single output
/// whether it is positive (1) or not (0).
template <class Net, class T, class E, class Isa = isa::ThisTarget>
Labels predict_class(const Model<Net, T>& model, const xt::xexpression<E>& x) {
  const auto y = predict<Net, T, E, Isa>(model, x);
  Labels classes = make_labels(y.shape()[0]);
  detail::to_classes<Net::out_features>(y.data(), classes.size(), classes.data());
  return classes;
}
/// The same without an allocation: a view of the labels in the workspace, valid until its next use.
template <class Net, class T, class E, class Isa = isa::ThisTarget>
auto predict_class(const Model<Net, T>& model, const xt::xexpression<E>& x, Workspace<Net, T>& workspace) {
  const std::size_t rows = predict<Net, T, E, Isa>(model, x, workspace).shape()[0];
  detail::to_classes<Net::out_features>(workspace.output(), rows, workspace.classes());
  return detail::labels_view(workspace.classes(), rows);
}
template <class Net, class T, class Isa = isa::ThisTarget>
std::int32_t predict_class(const Model<Net, T>& model,
                           std::span<const std::type_identity_t<T>, Net::in_features> x) noexcept {
  return predict_class<Net, T, Isa>(view_of(model), x);
}

}  // namespace evomlp
