// SPDX-License-Identifier: MIT
// What an update rule and the policies around it are. Each gives, once a step, a formula for one element.
#pragma once

#include "evomlp/core/number.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace evomlp {

/// What a rule or policy may know of a step besides the element itself. What costs something must be asked for by a
/// `static constexpr bool` member that is true.
struct Step {
  std::uint64_t count = 1;   // 1 in the first step
  bool weights = true;       // of a weight matrix, not of a bias or BatchNorm1d; told with `tells_weights_apart`, else true
  double lr = 0;             // the rule's learning rate
  double gradient_norm = 0;  // of all gradients as they reach this policy; computed with `needs_norm`, else 0
};

/// `at(step)` gives the formula (g, w, state…) → what is subtracted from w; `state` numbers per element start at 0.
///
///     struct SignSGD {
///       double lr = 1e-3;
///       static constexpr std::size_t state = 0;
///       auto at(Step) const { return [lr = lr](auto g, auto) { return select(g > 0, lr, select(g < 0, -lr, 0)); }; }
///     };
template <class R>
concept UpdateRule = requires(const R rule, Step step) {
  { rule.lr } -> std::convertible_to<double>;
  { R::state } -> std::convertible_to<std::size_t>;
  rule.at(step);
};

/// Before the rule: `on_gradient(step)` gives the formula (g, w) → g. With `is_counted`, here and in an UpdateTransform,
/// the elements it changes are counted (State::clip_counts).
template <class P>
concept GradientTransform = requires(const P policy, Step step) { policy.on_gradient(step); };

/// After the rule: `on_update(step)` gives the formula (u, w) → u, u what is subtracted from w.
template <class P>
concept UpdateTransform = requires(const P policy, Step step) { policy.on_update(step); };

/// Last: `on_weight(step)` gives the formula w → w.
template <class P>
concept WeightTransform = requires(const P policy, Step step) { policy.on_weight(step); };

}  // namespace evomlp
