// SPDX-License-Identifier: MIT
// switch_after: another update rule late in training.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/chain.hpp"
#include "evomlp/optim/concepts.hpp"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

namespace evomlp {

/// Made by switch_after(…). `lr` is the first rule's; what changes it (a scheduler) changes the second's by the same
/// factor (a first rate of 0 has no factor: the second stays as it is). To switch when a callback says so, set `steps` to
/// State::step().
template <class First, class Second>
struct SwitchAfter {
  static_assert(UpdateRule<First> && UpdateRule<Second>,
                "evomlp::switch_after: both must be update rules, such as Adam{} and SGD{}; policies stand beside it in "
                "the chain");

  std::uint64_t steps;
  First first;
  Second second;
  double lr = first.lr;

  static constexpr std::size_t state = First::state + Second::state;  // the second starts with numbers of its own
  static constexpr bool needs_norm = detail::needs_norm<First>() || detail::needs_norm<Second>();
  static constexpr bool needs_parameter = detail::needs_parameter<First>() || detail::needs_parameter<Second>();

  template <class Net>
  void check() const {
    detail::check_settings<Net>(first);
    detail::check_settings<Net>(second);
    detail::require_not_negative("switch_after", "lr", lr);
  }
  auto at(Step step) const {
    return [late = is_late(step), early = first_now().at(step), later = second_now().at(since(step))](
               auto g, auto w, auto&... numbers) {
      const auto all = std::tie(numbers...);
      using N = decltype(g);
      if (late) return N(call<First::state>(later, std::make_index_sequence<Second::state>{}, g, w, all));
      return N(call<0>(early, std::make_index_sequence<First::state>{}, g, w, all));
    };
  }
  double lr_in(Step step) const {
    return is_late(step) ? detail::lr_of(second_now(), since(step)) : detail::lr_of(first_now(), step);
  }
  void remember(auto& memory) { memory("steps", steps); }

 private:
  bool is_late(Step step) const { return step.count > steps; }
  First first_now() const {
    First rule = first;
    rule.lr = lr;
    return rule;
  }
  Second second_now() const {
    Second rule = second;
    if (first.lr != 0) rule.lr = second.lr * (lr / first.lr);
    return rule;
  }
  /// The second counts its own steps.
  Step since(Step step) const {
    step.count = is_late(step) ? step.count - steps : 1;
    return step;
  }

  template <std::size_t from, std::size_t... i>
  static auto call(const auto& formula, std::index_sequence<i...>, auto g, auto w, const auto& numbers) {
    return formula(g, w, std::get<from + i>(numbers)...);
  }
};

/// `first` for `steps` steps of the state, then `second`, as if it began there:
/// `switch_after(2000, Adam{}, SGD{.lr = 0.1})`. (Keskar and Socher 2017, "Improving generalization performance by
/// switching from Adam to SGD", with a fixed step)
template <class First, class Second>
constexpr SwitchAfter<First, Second> switch_after(std::uint64_t steps, First first, Second second) {
  return {steps, first, second};
}

}  // namespace evomlp
