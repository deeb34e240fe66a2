// SPDX-License-Identifier: MIT
// GELU: y = z Φ(z).
#pragma once

#include "evomlp/contract/concepts.hpp"

#include <numbers>

namespace evomlp {

/// y = z Φ(z) with Φ(z) = (1 + erf(z / √2)) / 2, the exact form; slope Φ(z) + z φ(z). (Hendrycks and Gimpel 2016)
struct GELU {
  static auto value(auto z) { return z * cumulative(z); }
  static auto slope(auto z) {
    const auto density = std::numbers::inv_sqrtpi / std::numbers::sqrt2 * exp(-0.5 * z * z);
    return cumulative(z) + z * density;
  }

 private:
  static auto cumulative(auto z) { return 0.5 * (1 + erf(z / std::numbers::sqrt2)); }
};

}  // namespace evomlp
