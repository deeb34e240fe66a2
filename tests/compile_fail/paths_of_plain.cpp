// SPDX-License-Identifier: MIT
// expect: evomlp::gradient_paths: the network has no residual block (no layer with an overload of shortcut_backward)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 2>, ReLU, Linear<2, 2>>> model;
  const auto x = make_matrix<float>(4, 2);
  gradient_paths(model, MSELoss{}, x, x);
}
