// SPDX-License-Identifier: MIT
// expect success
// The positive control of this folder: without a mistake in it, such a file compiles.
#include "evomlp/evomlp.hpp"

using Net = evomlp::Sequential<evomlp::Linear<2, 3>, evomlp::ReLU, evomlp::Linear<3, 1>>;

int main() {
  const evomlp::Model<Net> model(evomlp::init::he_normal(), 1);
  return static_cast<int>(evomlp::predict(model, evomlp::make_matrix<float>(4, 2)).shape()[1]) - 1;
}
