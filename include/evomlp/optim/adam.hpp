// SPDX-License-Identifier: MIT
// Adam: steps of about lr, whatever the gradient's scale.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

#include <cmath>
#include <cstddef>
#include <string_view>

namespace evomlp {

namespace detail {

/// The settings that all kinds of Adam have.
void check_adam(std::string_view who, const auto& settings) {
  require_not_negative(who, "lr", settings.lr);
  require_below_one(who, "beta1", settings.beta1);
  require_below_one(who, "beta2", settings.beta2);
  require_not_negative(who, "eps", settings.eps);
}

}  // namespace detail

/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²; with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) in step t
/// θ ← θ − lr · m̂ / (√v̂ + ε), ε outside the root. (Kingma and Ba 2015)
struct Adam {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;

  static constexpr std::size_t state = 2;
  void check() const { detail::check_adam("Adam", *this); }
  auto at(Step step) const {
    const double t = static_cast<double>(step.count);
    const double rate = lr / (1 - std::pow(beta1, t)), unbias = 1 / (1 - std::pow(beta2, t));
    return [rate, unbias, b1 = beta1, b2 = beta2, epsilon = eps](auto g, auto, auto& m, auto& v) {
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      return rate * m / (sqrt(unbias * v) + epsilon);
    };
  }
};

}  // namespace evomlp
