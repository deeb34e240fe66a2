// SPDX-License-Identifier: MIT
// What a loss is, and how an element-wise one runs.
#pragma once

#include "evomlp/core/anything.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"
#include "evomlp/kernels/each.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace evomlp {

/// A loss that looks at one output at a time: `value(y, t)` and its derivative in y, `slope(y, t)`. The loss of a batch
/// is the mean over all elements, unless `scale(rows, cols)` says by what the sum is multiplied.
///
///     struct PseudoHuberLoss {
///       static auto value(auto y, auto t) { return sqrt(1 + (y - t) * (y - t)) - 1; }
///       static auto slope(auto y, auto t) { return (y - t) / sqrt(1 + (y - t) * (y - t)); }
///     };
template <class L>
concept ElementwiseLoss = requires(const L loss, Number<float> y, Number<float> t) {
  loss.value(y, t);
  loss.slope(y, t);
};

namespace detail {

/// n class labels.
struct LabelView {
  const std::int32_t* data;
  std::size_t size;

  std::int32_t operator[](std::size_t i) const { return data[i]; }
};

}  // namespace detail

/// An element-wise loss, or a type with `double operator()(y, target, dy) const`, which returns the loss of a batch and,
/// where dy has rows, overwrites it with dL/dy. The loss owns the averaging, and must be a mean over the rows: `fit` and
/// `evaluate` average over batches by their rows. `static constexpr bool takes_labels = true`
/// makes the target n class labels, target[i], instead of a matrix. A loss with `double accuracy(y, target)`, static or
/// const, gives `fit` and `evaluate` one. With `static constexpr double target_range[] = {low, high}` they refuse data
/// with a target outside; with `static constexpr bool takes_logits = true` a network whose last layer has
/// `static constexpr bool gives_probabilities = true`, as Sigmoid and Softmax, doesn't compile.
template <class L>
concept Loss = ElementwiseLoss<L> || requires(const L loss, detail::Anything view) { loss(view, view, view); };

namespace detail {

template <class L>
constexpr bool takes_labels() {
  if constexpr (requires { L::takes_labels; }) return L::takes_labels;
  else return false;
}

template <class L>
inline constexpr bool has_accuracy = requires(const L& loss, Anything view) { loss.accuracy(view, view); };

/// The loss of a batch; dL/dy where dy has rows.
template <Loss L>
double loss_of(const L& loss, auto y, auto target, auto dy) {
  if constexpr (ElementwiseLoss<L>) {
    const double rows = static_cast<double>(y.rows), cols = static_cast<double>(y.cols);
    double scale = 1 / (rows * cols);
    if constexpr (requires { loss.scale(rows, cols); }) scale = loss.scale(rows, cols);
    kernels::each(dy, [&](auto v, auto t) { return decltype(v)(scale * loss.slope(v, t)); }, y, target);
    return scale * kernels::total([&](auto v, auto t) { return loss.value(v, t); }, y, target);
  } else {
    return loss(y, target, dy);
  }
}

/// Row i as a batch of one; a matrix without rows (no gradient is wanted) stays without.
template <class T, class Isa>
kernels::Matrix<T, Isa> one_row(kernels::Matrix<T, Isa> of, std::size_t i) {
  return of.rows == 0 ? of : kernels::Matrix<T, Isa>{of.data + i * of.cols, 1, of.cols};
}
inline LabelView one_row(LabelView of, std::size_t i) { return {of.data + i, 1}; }

/// The weighted mean Σ wᵢ Lᵢ / Σ wᵢ of the losses of single rows; dL/dy where dy has rows. Without weights (null) the
/// plain loss. A batch of which every weight is 0 has loss 0 and no gradient. Row by row, since a loss owns its
/// averaging: so any loss can be weighted.
template <Loss L, class T, class Isa>
double loss_of(const L& loss, kernels::Matrix<T, Isa> y, auto target, kernels::Matrix<T, Isa> dy, const T* weights) {
  if (!weights) return loss_of(loss, y, target, dy);
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < y.rows; ++i) total += static_cast<double>(weights[i]);
  for (std::size_t i = 0; i < y.rows; ++i) {
    const double share = total > 0 ? static_cast<double>(weights[i]) / total : 0;
    const auto slope = one_row(dy, i);
    if (share == 0) {  // a sample that doesn't count may be anything: 0 · inf is no number
      kernels::each(slope, [](auto d) { return decltype(d)(0); }, slope);
      continue;
    }
    sum += share * loss_of(loss, one_row(y, i), one_row(target, i), slope);
    kernels::each(slope, [factor = static_cast<T>(share)](auto d) { return factor * d; }, slope);
  }
  return sum;
}

}  // namespace detail
}  // namespace evomlp
