// SPDX-License-Identifier: MIT
// expect: evomlp: the metric and the loss disagree on targets: one takes class labels, the other a matrix of numbers
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>>> model;
  const Dataset<float, Labels> data{make_matrix<float>(4, 2), make_labels(4)};
  return static_cast<int>(evaluate(model, data, CrossEntropyLoss{}, RMSE{}).loss);
}
