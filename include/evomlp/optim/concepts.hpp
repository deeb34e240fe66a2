// SPDX-License-Identifier: MIT
// What an update rule and the policies around it are. Each gives, once a step, a formula for one element.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/number.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace evomlp {

struct ParameterInfo;  // compose/parameter_table.hpp

/// What a rule or policy may know of a step besides the element itself. What costs something is told to those alone that
/// ask for it by a `static constexpr bool` member that is true; to read it without is a TrainingError in the first step.
struct Step {
  std::uint64_t count = 1;  // 1 in the first step
  double lr = 0;            // the rule's learning rate, for this parameter

  /// Of all gradients as they reach this policy; for those with `needs_norm`.
  double gradient_norm() const {
    if (!told.norm) throw TrainingError("Step::gradient_norm: for policies with `static constexpr bool needs_norm = true`");
    return *told.norm;
  }
  /// Which parameter the elements are of; for those with `needs_parameter`.
  const ParameterInfo& parameter() const { return *require_parameter().parameter; }
  /// Whether of a weight matrix, not of a bias or BatchNorm1d; for those with `needs_parameter`.
  bool is_weight() const { return require_parameter().is_weight; }

  struct Told {
    std::optional<double> norm{};
    const ParameterInfo* parameter = nullptr;
    bool is_weight = false;
  } told{};  // read it by the functions above

 private:
  const Told& require_parameter() const {
    if (!told.parameter)
      throw TrainingError("Step::parameter, is_weight: for policies with `static constexpr bool needs_parameter = true`");
    return told;
  }
};

/// A rule or a policy, of any kind below, may have `void check() const`: it throws a TrainingError for invalid settings.
/// A State calls it when it is made, fit's too; what is changed later isn't checked. One that looks at the network has
/// `template <class Net> void check() const` in its place, and `template <class Net> static constexpr bool fits()` if it names
/// paths that may not be there.
///
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

namespace detail {

/// Calls a policy's `check()`, or that of one that is made of others and looks at the network's parameters.
template <class Net, class P>
void check_settings(const P& policy) {
  constexpr bool looks_at_the_net = requires { policy.template check<Net>(); };
  if constexpr (looks_at_the_net) policy.template check<Net>();
  else if constexpr (requires { policy.check(); }) policy.check();
}

/// The learning rate that a rule uses in a step. One that is made of others says which: `lr_in(step)`.
template <UpdateRule R>
double lr_of(const R& rule, Step step) {
  if constexpr (requires { rule.lr_in(step); }) return rule.lr_in(step);
  else return static_cast<double>(rule.lr);
}

}  // namespace detail

/// First in a chain: `updates(parameter)` says whether a parameter takes part at all. One that doesn't keeps its values
/// and what the rule remembers, and doesn't count in norms and clip counts.
template <class P>
concept ParameterFilter = requires(const P policy, const ParameterInfo& parameter) {
  { policy.updates(parameter) } -> std::convertible_to<bool>;
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
