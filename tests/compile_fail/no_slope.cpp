// SPDX-License-Identifier: MIT
// expect: evomlp: this activation has value(z) but neither slope(z) nor slope_from_value(y)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Cube {
  static auto value(auto z) { return z * z * z; }
};

int main() { const Model<Sequential<Linear<2, 3>, Cube>> model; }
