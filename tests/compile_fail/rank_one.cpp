// SPDX-License-Identifier: MIT
// expect: evomlp: the tensor's rank differs from what is expected here: x and y are (batch, features)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>>> model;
  const xt::xtensor<float, 1> x{1, 2};
  predict(model, x);
}
