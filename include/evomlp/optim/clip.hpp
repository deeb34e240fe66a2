// SPDX-License-Identifier: MIT
// Clips: of each gradient, of all gradients' norm, of each step.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

#include <algorithm>

namespace evomlp {

namespace detail {

/// The name `max` is a field of the clips, so that the function can't be called by it there.
auto clamp(auto number, double limit) { return max(min(number, limit), -limit); }

}  // namespace detail

/// g ← clip(g, −max, max), element by element, before the rule. A NaN stays a NaN.
struct ClipGradValue {
  double max = 1;

  static constexpr bool is_counted = true;  // the share of clipped elements can be read
  void check() const { detail::require_positive("ClipGradValue", "max", max); }
  auto on_gradient(Step) const {
    return [limit = max](auto g, auto) { return detail::clamp(g, limit); };
  }
};

/// g ← g · min(1, max / (‖g‖ + 1e-6)) with the norm over all parameters, before the rule: one more pass to read.
struct ClipGradNorm {
  double max = 1;

  static constexpr bool needs_norm = true;
  void check() const { detail::require_positive("ClipGradNorm", "max", max); }
  auto on_gradient(Step step) const {
    // A norm that is no number comes first, and so stays: min(1.0, NaN) would be 1.
    return [factor = (std::min)(max / (step.gradient_norm() + 1e-6), 1.0)](auto g, auto) { return factor * g; };
  }
};

/// What is subtracted from θ ← clip(it, −max, max), element by element, after the rule; the rule's state is not clipped.
struct ClipUpdateValue {
  double max = 1;

  static constexpr bool is_counted = true;
  void check() const { detail::require_positive("ClipUpdateValue", "max", max); }
  auto on_update(Step) const {
    return [limit = max](auto u, auto) { return detail::clamp(u, limit); };
  }
};

}  // namespace evomlp
