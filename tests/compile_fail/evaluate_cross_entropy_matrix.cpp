// SPDX-License-Identifier: MIT
// expect: evomlp: the loss and the data disagree on targets: CrossEntropyLoss takes class labels
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 3)};
  evaluate(model, data, CrossEntropyLoss{});
}
