// SPDX-License-Identifier: MIT
// Decay: L1 and L2 penalties, and L1 by the proximal step that reaches exact zeros.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

namespace evomlp {

/// The penalty λ Σ |w|: adds λ sign(w) to the gradient (0 at 0). Weights whose gradient g is smaller than λ then
/// oscillate around 0, within ±lr·(λ + |g|), and are never exactly 0; ProximalL1 makes them so. Weight matrices only,
/// unless `.all = true`.
struct L1 {
  double lambda = 0;
  bool all = false;

  static constexpr bool needs_parameter = true;
  void check() const { detail::require_not_negative("L1", "lambda", lambda); }
  auto on_gradient(Step step) const {
    return [pull = step.is_weight() || all ? lambda : 0](auto g, auto w) {
      return g + select(w > 0, pull, select(w < 0, -pull, 0));
    };
  }
};

/// The penalty λ Σ w²: adds 2 λ w to the gradient (PyTorch's weight_decay is 2λ). Weight matrices only, unless
/// `.all = true`.
struct L2 {
  double lambda = 0;
  bool all = false;

  static constexpr bool needs_parameter = true;
  void check() const { detail::require_not_negative("L2", "lambda", lambda); }
  auto on_gradient(Step step) const {
    return [twice = step.is_weight() || all ? 2 * lambda : 0](auto g, auto w) { return g + twice * w; };
  }
};

/// After the update w ← sign(w) · max(|w| − lr·λ, 0): the proximal step of λ Σ |w|, with exact zeros. Last in a chain.
/// Weight matrices only, unless `.all = true`.
struct ProximalL1 {
  double lambda = 0;
  bool all = false;

  static constexpr bool needs_parameter = true;
  void check() const { detail::require_not_negative("ProximalL1", "lambda", lambda); }
  auto on_weight(Step step) const {
    return [threshold = step.is_weight() || all ? step.lr * lambda : 0](auto w) {
      const auto shrunk = max(abs(w) - threshold, 0);
      return select(w < 0, -shrunk, shrunk);
    };
  }
};

}  // namespace evomlp
