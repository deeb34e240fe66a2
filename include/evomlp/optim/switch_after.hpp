// SPDX-License-Identifier: MIT
// switch_after: another update rule late in training.
#pragma once

#include "evomlp/optim/concepts.hpp"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

namespace evomlp {

/// Made by switch_after(…). `lr` is the first rule's; what changes it (a scheduler) changes the second's by the same
/// factor. `steps` may be changed between steps, to switch when a callback says so.
template <UpdateRule First, UpdateRule Second>
struct SwitchAfter {
  std::uint64_t steps;
  First first;
  Second second;
  double lr = first.lr;

  static constexpr std::size_t state = First::state + Second::state;  // the second starts with numbers of its own

  auto at(Step step) const {
    const bool late = step.count > steps;
    First early_rule = first;
    Second late_rule = second;
    early_rule.lr = lr;
    late_rule.lr = first.lr != 0 ? second.lr * (lr / first.lr) : second.lr;
    Step since = step;  // the second counts its own steps
    since.count = late ? step.count - steps : 1;
    return [late, early = early_rule.at(step), later = late_rule.at(since)](auto g, auto w, auto&... numbers) {
      const auto all = std::tie(numbers...);
      using N = decltype(g);
      if (late) return N(call<First::state>(later, std::make_index_sequence<Second::state>{}, g, w, all));
      return N(call<0>(early, std::make_index_sequence<First::state>{}, g, w, all));
    };
  }
  void remember(auto& memory) { memory("steps", steps); }

 private:
  template <std::size_t from, std::size_t... i>
  static auto call(const auto& formula, std::index_sequence<i...>, auto g, auto w, const auto& numbers) {
    return formula(g, w, std::get<from + i>(numbers)...);
  }
};

/// `first` for `steps` steps of the state, then `second`, as if it began there: switch_after(2000, Adam{}, SGD{.lr = 0.1})
/// (Keskar and Socher 2017, "Improving generalization performance by switching from Adam to SGD", with a fixed step).
template <UpdateRule First, UpdateRule Second>
constexpr SwitchAfter<First, Second> switch_after(std::uint64_t steps, First first, Second second) {
  return {steps, first, second};
}

}  // namespace evomlp
