// SPDX-License-Identifier: MIT
// chain(…): an update rule and the policies around it as one.
#pragma once

#include "evomlp/optim/clip_count.hpp"
#include "evomlp/optim/concepts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace evomlp {

namespace detail {

enum class PolicyKind { filter, gradient, rule, update, weight, unknown };

template <class P>
constexpr PolicyKind kind_of() {
  if constexpr (UpdateRule<P>) return PolicyKind::rule;
  else if constexpr (ParameterFilter<P>) return PolicyKind::filter;
  else if constexpr (GradientTransform<P>) return PolicyKind::gradient;
  else if constexpr (UpdateTransform<P>) return PolicyKind::update;
  else if constexpr (WeightTransform<P>) return PolicyKind::weight;
  else return PolicyKind::unknown;
}

template <class... Ps>
constexpr std::size_t count_kind(PolicyKind kind) {
  return (std::size_t{0} + ... + (kind_of<Ps>() == kind ? 1 : 0));
}

template <class... Ps>
constexpr bool is_ordered() {
  const std::array<PolicyKind, sizeof...(Ps)> kinds{kind_of<Ps>()...};
  for (std::size_t i = 1; i < kinds.size(); ++i)
    if (kinds[i] < kinds[i - 1]) return false;
  return true;
}

template <class P>
constexpr bool is_counted() {
  if constexpr (requires { P::is_counted; }) return P::is_counted;
  else return false;
}
template <class P>
constexpr bool needs_norm() {
  if constexpr (requires { P::needs_norm; }) return P::needs_norm;
  else return false;
}
template <class P>
constexpr bool needs_parameter() {
  if constexpr (requires { P::needs_parameter; }) return P::needs_parameter;
  else return ParameterFilter<P>;
}
template <class P>
constexpr std::size_t state_numbers() {
  if constexpr (UpdateRule<P>) return P::state;
  else return 0;
}

}  // namespace detail

/// Made by chain(…). Filters, then gradient policies, then one rule, then update policies, then weight policies.
template <class... Ps>
struct Chain {
  static_assert(detail::count_kind<Ps...>(detail::PolicyKind::unknown) == 0,
                "evomlp::chain: a policy has none of updates(parameter), on_gradient(step), at(step) with lr and "
                "state, on_update(step), on_weight(step)");
  static_assert(detail::count_kind<Ps...>(detail::PolicyKind::rule) == 1,
                "evomlp::chain: exactly one update rule (SGD, Momentum, Adam, AdamW, …) is needed");
  static_assert(detail::is_ordered<Ps...>(),
                "evomlp::chain: wrong order: Freeze stands first, ClipGradValue, ClipGradNorm, L1 and L2 stand before "
                "the rule, ClipUpdateValue after it, ProximalL1 last");

  /// Numbers that are remembered for each parameter.
  static constexpr std::size_t state = (std::size_t{0} + ... + detail::state_numbers<Ps>());
  static constexpr bool is_counted = (detail::is_counted<Ps>() || ...);
  static constexpr bool needs_parameter = (detail::needs_parameter<Ps>() || ...);

  std::tuple<Ps...> policies;

  /// The rule, to read or to change between steps.
  auto& rule() { return std::get<rule_index>(policies); }
  const auto& rule() const { return std::get<rule_index>(policies); }

  /// The learning rate in step `count`; where parameters have rates of their own, the one that they are multiples of.
  double lr(std::uint64_t count) const {
    return detail::lr_of(rule(), Step{.count = count});
  }
  void set_lr(double lr) { rule().lr = static_cast<std::remove_cvref_t<decltype(rule().lr)>>(lr); }

 private:
  static constexpr std::size_t rule_index = [] {
    const std::array<bool, sizeof...(Ps)> rules{UpdateRule<Ps>...};
    std::size_t i = 0;
    while (i + 1 < rules.size() && !rules[i]) ++i;
    return i;
  }();
};

/// An update rule with policies before and after it, element by element in the order written:
/// `chain(ClipGradValue{1.0}, Adam{.lr = 1e-3})`.
template <class... Ps>
constexpr Chain<Ps...> chain(Ps... policies) {
  return {{policies...}};
}

namespace detail {

template <class... Ps>
constexpr Chain<Ps...> as_chain(Chain<Ps...> chain) {
  return chain;
}
template <class R>
constexpr Chain<R> as_chain(R rule) {
  return {{rule}};
}

template <class Net, class... Ps>
void check_settings(const Chain<Ps...>& chain) {
  std::apply([](const auto&... policies) { (check_settings<Net>(policies), ...); }, chain.policies);
}

/// Whether what the policies name is in the network.
template <class Net, class... Ps>
constexpr bool fits(Chain<Ps...>*) {
  const auto one = []<class P>(P*) {
    if constexpr (requires { P::template fits<Net>(); }) return P::template fits<Net>();
    else return true;
  };
  return (one(static_cast<Ps*>(nullptr)) && ...);
}

}  // namespace detail
}  // namespace evomlp
