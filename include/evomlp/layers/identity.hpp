// SPDX-License-Identifier: MIT
// Identity: y = x.
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = x, slope 1: a placeholder.
struct Identity {
  static auto value(auto z) { return z; }
  static auto slope_from_value(auto y) { return decltype(y)(1); }
};

}  // namespace evomlp
