// SPDX-License-Identifier: MIT
// Tanh: y = tanh(z).
#pragma once

#include "evomlp/contract/concepts.hpp"

namespace evomlp {

/// y = tanh(z), slope 1 − y².
struct Tanh {
  static auto value(auto z) { return tanh(z); }
  static auto slope_from_value(auto y) { return 1 - y * y; }
};

}  // namespace evomlp
