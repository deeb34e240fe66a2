// SPDX-License-Identifier: MIT
// expect: evomlp: the metric and the loss disagree on targets: one takes class labels, the other a matrix of numbers
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const auto data = make_circles({.n_samples = 10});
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1, .validation = &data}, TopKAccuracy<3>{});
}
