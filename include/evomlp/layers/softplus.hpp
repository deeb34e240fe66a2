// SPDX-License-Identifier: MIT
// Softplus: y = log(1 + exp(z)).
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = log(1 + exp(z)), a ReLU without its kink, and always positive; slope σ(z). Computed as max(z, 0) + log(1 + exp(−|z|)),
/// which no z overflows. (Dugas et al. 2001)
struct Softplus {
  static auto value(auto z) { return max(z, 0) + log1p(exp(-abs(z))); }
  static auto slope(auto z) { return 1 / (1 + exp(-z)); }
};

}  // namespace evomlp
