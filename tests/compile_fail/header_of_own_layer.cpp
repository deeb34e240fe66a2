// SPDX-License-Identifier: MIT
// expect: evomlp::to_header: how is each layer's type written?
#include "evomlp/io/to_header.hpp"

using namespace evomlp;

struct Swish {
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) {
    const auto s = 1 / (1 + exp(-z));
    return s * (1 + z * (1 - s));
  }
};

int main() { to_header(Model<Sequential<Linear<2, 3>, Swish>>(), "swish.hpp"); }
