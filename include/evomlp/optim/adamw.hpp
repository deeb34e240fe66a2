// SPDX-License-Identifier: MIT
// AdamW: Adam with weight decay beside the gradient.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/adam.hpp"

#include <cstddef>

namespace evomlp {

/// Adam, and θ ← θ − lr · weight_decay · θ in the same step, outside the moments. Weight matrices only; `.all = true`
/// decays biases and BatchNorm1d too, as PyTorch's does. (Loshchilov and Hutter 2019)
struct AdamW {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool all = false;

  static constexpr std::size_t state = Adam::state;
  static constexpr bool needs_parameter = true;
  void check() const {
    detail::check_adam("AdamW", *this);
    detail::require_not_negative("AdamW", "weight_decay", weight_decay);
  }
  auto at(Step step) const {
    const double decay = step.is_weight() || all ? lr * weight_decay : 0;
    return [adam = Adam{lr, beta1, beta2, eps}.at(step), decay](auto g, auto w, auto& m, auto& v) {
      return adam(g, w, m, v) + decay * w;
    };
  }
};

}  // namespace evomlp
