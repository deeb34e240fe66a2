// SPDX-License-Identifier: MIT
// expect: the tensor's rank differs from what is expected here: x and y are (batch, features), labels are (batch)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 3>>> model;
  State state(model, SGD{});
  train_step(model, state, MSELoss{}, make_matrix<float>(4, 2), make_labels(4));
}
