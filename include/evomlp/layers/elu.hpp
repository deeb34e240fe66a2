// SPDX-License-Identifier: MIT
// ELU: y = z where z > 0, else alpha · (exp(z) − 1).
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/core/real.hpp"

namespace evomlp {

/// y = z where z > 0, else alpha · (exp(z) − 1), which ends at −alpha; the slope is then alpha · exp(z) = y + alpha.
/// (Clevert et al. 2016)
template <Real alpha = 1.0>
struct ELU {
  static_assert(alpha.value() >= 0, "evomlp::ELU: alpha is negative");
  static auto value(auto z) { return select(z > 0, z, alpha.value() * expm1(z)); }
  static auto slope_from_value(auto y) { return select(y > 0, 1, y + alpha.value()); }
};

}  // namespace evomlp
