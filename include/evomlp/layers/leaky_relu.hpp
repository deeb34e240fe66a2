// SPDX-License-Identifier: MIT
// LeakyReLU: y = z where z > 0, else negative_slope · z.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/core/real.hpp"

namespace evomlp {

/// y = z where z > 0, else negative_slope · z. (Maas et al. 2013) Any real slope, also 0 or a negative one.
template <Real negative_slope = 0.01>
struct LeakyReLU {
  static auto value(auto z) { return select(z > 0, z, negative_slope.value() * z); }
  static auto slope(auto z) { return select(z > 0, 1, negative_slope.value()); }
};

}  // namespace evomlp
