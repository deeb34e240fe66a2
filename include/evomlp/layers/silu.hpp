// SPDX-License-Identifier: MIT
// SiLU: y = z σ(z).
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = z / (1 + exp(−z)), also called Swish; with s = σ(z) the slope is s (1 + z (1 − s)). (Elfwing et al. 2017)
struct SiLU {
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) {
    const auto s = 1 / (1 + exp(-z));
    return s * (1 + z * (1 - s));
  }
};

}  // namespace evomlp
