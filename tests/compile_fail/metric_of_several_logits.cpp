// SPDX-License-Identifier: MIT
// expect: evomlp: this metric is not for a network with so many outputs and such targets (ConfusionMatrix: one logit, or class labels)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 3)};
  return static_cast<int>(evaluate(model, data, BCEWithLogitsLoss{}, ConfusionMatrix{}).loss);
}
