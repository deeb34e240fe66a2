// SPDX-License-Identifier: MIT
// RMSprop: steps scaled by the gradient's recent size.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

#include <cstddef>

namespace evomlp {

/// v ← α v + (1 − α) g², θ ← θ − lr · g / (√v + ε), ε outside the root; v starts at 0 and is not corrected for it, so
/// that the first steps are the largest. PyTorch's form, without its momentum. (Tieleman and Hinton 2012)
struct RMSprop {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;

  static constexpr std::size_t state = 1;
  void check() const {
    detail::require_not_negative("RMSprop", "lr", lr);
    detail::require_below_one("RMSprop", "alpha", alpha);
    detail::require_not_negative("RMSprop", "eps", eps);
  }
  auto at(Step) const {
    return [rate = lr, a = alpha, epsilon = eps](auto g, auto, auto& v) {
      v = a * v + (1 - a) * g * g;
      return rate * g / (sqrt(v) + epsilon);
    };
  }
};

}  // namespace evomlp
