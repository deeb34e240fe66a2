// SPDX-License-Identifier: MIT
// expect: evomlp: this layer does not say what it is in ONNX
#include "evomlp/evomlp.hpp"
#include "evomlp/io/to_onnx.hpp"

using namespace evomlp;

struct Cube {
  static auto value(auto z) { return z * z * z; }
  static auto slope(auto z) { return 3 * z * z; }
};

int main() {
  const Model<Sequential<Linear<2, 3>, ResidualBlock<1.0, Linear<3, 3>, Cube>>> model;
  to_onnx(model, "model.onnx");
}
