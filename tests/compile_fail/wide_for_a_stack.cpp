// SPDX-License-Identifier: MIT
// expect: evomlp::predict: the network is too wide for a stack; predict with a Workspace
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<1, 100000>, ReLU, Linear<100000, 1>>> model;
  float x[1] = {1}, y[1];
  predict(model, x, y);
}
