// SPDX-License-Identifier: MIT
// Momentum: v ← μ v + g, θ ← θ − lr · v.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

#include <cstddef>

namespace evomlp {

/// v ← μ v + g, θ ← θ − lr · v; with Nesterov θ ← θ − lr · (g + μ v). v is a sum with gain 1/(1 − μ), not an average.
/// PyTorch's form; at a constant lr it equals v ← μ v − lr · g, θ ← θ + v. (Polyak 1964, Sutskever et al. 2013)
struct Momentum {
  double lr = 1e-2;
  double momentum = 0.9;
  bool nesterov = false;

  static constexpr std::size_t state = 1;
  void check() const {
    detail::require_not_negative("Momentum", "lr", lr);
    detail::require_below_one("Momentum", "momentum", momentum);
  }
  auto at(Step) const {
    // One formula for both: the plain form adds 0 · g.
    return [rate = lr, mu = momentum, on_v = nesterov ? momentum : 1, on_g = nesterov ? 1 : 0](auto g, auto, auto& v) {
      v = mu * v + g;
      return rate * (on_v * v + on_g * g);
    };
  }
};

}  // namespace evomlp
