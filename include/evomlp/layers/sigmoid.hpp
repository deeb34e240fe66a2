// SPDX-License-Identifier: MIT
// Sigmoid: y = 1 / (1 + exp(−z)).
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = 1 / (1 + exp(−z)), slope y (1 − y) ≤ 1/4.
struct Sigmoid {
  static constexpr bool gives_probabilities = true;
  static auto value(auto z) { return 1 / (1 + exp(-z)); }
  static auto slope_from_value(auto y) { return y * (1 - y); }
};

}  // namespace evomlp
