// SPDX-License-Identifier: MIT
// ReLU: y = max(z, 0).
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = max(z, 0), slope 1 where y > 0, else 0 (also at 0). A NaN stays a NaN. (Nair and Hinton 2010)
struct ReLU {
  static auto value(auto z) { return max(z, 0); }
  static auto slope_from_value(auto y) { return select(y > 0, 1, 0); }
};

}  // namespace evomlp
