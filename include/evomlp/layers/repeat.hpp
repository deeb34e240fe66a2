// SPDX-License-Identifier: MIT
// Repeat: the same layers N times, each time with parameters of their own.
#pragma once

#include "evomlp/compose/layer_list.hpp"

#include <cstddef>

namespace evomlp {

/// Ls… written N times, each with its own parameters. For the keys it is one entry that holds N · |Ls| modules:
/// `2.0.weight`, `2.1.weight` and so on.
template <std::size_t N, class... Ls>
struct Repeat : detail::LayerList<detail::Repeated<N, Ls...>> {
  static_assert(N > 0, "evomlp::Repeat: at least once");
};

}  // namespace evomlp
