// SPDX-License-Identifier: MIT
// expect: labels are (batch)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 3>>> model;
  State state(model, SGD{});
  train_step(model, state, CrossEntropyLoss{}, make_matrix<float>(4, 2), make_matrix<float>(4, 3));
}
