// SPDX-License-Identifier: MIT
// Metrics: figures of a model's predictions that nothing is trained on.
#pragma once

#include "evomlp/core/anything.hpp"
#include "evomlp/losses/loss.hpp"

#include <concepts>
#include <cstddef>
#include <string_view>

namespace evomlp {

/// A value that gathers batch after batch: `add(y, target)` takes the outputs y(i, j) of `y.rows` samples and the
/// targets, a matrix target(i, j), or class labels target[i]; `value()` is the figure so far. A new metric has seen
/// nothing. `static constexpr bool takes_labels`, where it is there, makes the wrong kind of target one clear error, and
/// `static constexpr bool fits(std::size_t outputs, bool labelled)` a network that the metric isn't for.
/// With `void reduce(auto over_all)`, which hands its sums (numbers, or std::vectors of them) to over_all(…) to be
/// replaced by those over all processes (as many in each), several processes share the work of evaluating it; without,
/// each does it all. Given to `evaluate` after the loss, or to `fit` after its options, which evaluates it on the
/// validation source.
///
///     struct LargestError {
///       static constexpr std::string_view name = "largest error";
///       static constexpr bool larger_is_better = false;
///       double largest = 0;
///       void add(auto y, auto target) {
///         for (std::size_t i = 0; i < y.rows; ++i)
///           for (std::size_t j = 0; j < y.cols; ++j)
///             largest = std::max<double>(largest, std::abs(y(i, j) - target(i, j)));
///       }
///       double value() const { return largest; }
///     };
template <class M>
concept Metric = std::copyable<M> && requires(M metric, const M seen, detail::Anything view) {
  { M::name } -> std::convertible_to<std::string_view>;
  { M::larger_is_better } -> std::convertible_to<bool>;
  metric.add(view, view);
  { seen.value() } -> std::convertible_to<double>;
};

namespace detail {

/// one(y, t) for every element, as doubles.
void for_each_output(auto y, auto target, auto one) {
  for (std::size_t i = 0; i < y.rows; ++i)
    for (std::size_t j = 0; j < y.cols; ++j) one(static_cast<double>(y(i, j)), static_cast<double>(target(i, j)));
}

/// A metric that says what it takes takes the loss's targets and the network's outputs.
template <class M, class L, std::size_t outputs>
constexpr void require_metric_fits() {
  if constexpr (requires { M::fits(outputs, true); })
    static_assert(
        M::fits(outputs, takes_labels<L>()),
        "evomlp: this metric is not for a network with so many outputs and such targets (ConfusionMatrix: one "
        "logit, or class labels)");
  if constexpr (requires { M::takes_labels; })
    static_assert(M::takes_labels == takes_labels<L>(),
                  "evomlp: the metric and the loss disagree on targets: one takes class labels, the other a matrix of "
                  "numbers");
}

}  // namespace detail
}  // namespace evomlp
