// SPDX-License-Identifier: MIT
// The rewriting of a list of layers: which of them run as one.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/contract/concepts.hpp"

#include <array>
#include <cstddef>

namespace evomlp::detail {

/// Which layers of a flat list begin a stage, and which of them run together with the activation that follows.
template <class L>
struct Plan;
template <class... Ls>
struct Plan<List<Ls...>> {
  static constexpr std::size_t layers = sizeof...(Ls);
  std::array<std::size_t, layers> first{};
  std::array<bool, layers> pair{};
  std::size_t count = 0;

  static constexpr Plan make() {
    constexpr std::array<bool, layers> fuses{(takes_any_destination<Ls>() && !Elementwise<Ls>)...},
        activation{Elementwise<Ls>...};
    Plan plan;
    for (std::size_t i = 0; i < layers; ++i) {
      const bool pair = fuses[i] && i + 1 < layers && activation[i + 1];
      plan.first[plan.count] = i;
      plan.pair[plan.count++] = pair;
      if (pair) ++i;
    }
    return plan;
  }
};

}  // namespace evomlp::detail
