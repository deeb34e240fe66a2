// SPDX-License-Identifier: MIT
// expect: evomlp: value(z) of this activation doesn't compile for a Number
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct LeCunTanh {
  static auto value(auto z) { return 1.7159f * std::tanh(z); }
  static auto slope_from_value(auto y) { return 1.7159f - y * y; }
};

struct Leaky {
  static auto value(auto z) { return z > 0 ? z : 0.1 * z; }
  static auto slope(auto z) { return select(z > 0, 1, 0.1); }
};

int main() {
  const Model<Sequential<Linear<2, 3>, LeCunTanh>> a;
  const Model<Sequential<Linear<2, 3>, Leaky>> b;
}
