// SPDX-License-Identifier: MIT
// by_parameter: other settings of a rule or policy for some parameters.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/optim/concepts.hpp"

#include <concepts>

namespace evomlp {

/// Made by by_parameter(…).
template <class P, class F>
struct ByParameter : P {
  static_assert(!ParameterFilter<P>, "evomlp::by_parameter: a filter, such as Freeze, has no formula to adjust");
  static_assert(requires(const P& policy, const F& by, const ParameterInfo& parameter) {
                  { by(policy, parameter) } -> std::same_as<P>;
                },
                "evomlp::by_parameter: the function must take (policy, const ParameterInfo&) and return the policy");

  F adjust;

  static constexpr bool needs_parameter = true;

  P adjusted(const ParameterInfo& parameter) const { return adjust(static_cast<const P&>(*this), parameter); }

  /// The settings given, and what becomes of them for each parameter.
  template <class Net>
  void check() const {
    detail::check_settings<Net>(static_cast<const P&>(*this));
    for (const ParameterInfo& parameter : parameter_table<Net>) {
      if (!parameter.trained) continue;
      try {
        detail::check_settings<Net>(adjusted(parameter));
      } catch (const TrainingError& error) {
        throw TrainingError(detail::concat({"by_parameter: for ", parameter.key, ": ", error.what()}));
      }
    }
  }

  auto on_gradient(Step step) const requires GradientTransform<P> {
    return adjusted(step.parameter()).on_gradient(step);
  }
  auto at(Step step) const requires UpdateRule<P> { return adjusted(step.parameter()).at(step); }
  /// Of a step that is of no parameter in particular (Chain::lr): the one that the parameters' rates are multiples of.
  double lr_in(Step step) const requires UpdateRule<P> {
    if (step.told.parameter == nullptr) return detail::lr_of(static_cast<const P&>(*this), step);
    return detail::lr_of(adjusted(step.parameter()), step);
  }
  auto on_update(Step step) const requires UpdateTransform<P> { return adjusted(step.parameter()).on_update(step); }
  auto on_weight(Step step) const requires WeightTransform<P> { return adjusted(step.parameter()).on_weight(step); }
};

/// A rule or policy whose settings depend on the parameter: `adjust(policy, parameter)` returns the policy to use for
/// it, by its key, rank or layer. Called a few times a step for each parameter; still one pass over the flat buffers.
/// Multiply `lr` rather than setting it, so that schedulers reach every part.
///
///     by_parameter(AdamW{.lr = 1e-3}, [](AdamW rule, const ParameterInfo& parameter) {
///       if (parameter.key.starts_with("0.")) rule.lr *= 0.1;   // the first layer learns slowly
///       if (parameter.rank == 1) rule.weight_decay = 0;        // biases and BatchNorm1d don't decay
///       return rule;
///     })
template <class P, class F>
constexpr ByParameter<P, F> by_parameter(P policy, F adjust) {
  return {policy, adjust};
}

}  // namespace evomlp
