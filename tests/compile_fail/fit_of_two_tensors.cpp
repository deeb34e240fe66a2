// SPDX-License-Identifier: MIT
// expect: evomlp::fit: samples and targets are one argument
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const auto data = make_moons();
  fit(model, data.x, data.y, BCEWithLogitsLoss{}, Adam{}, {.epochs = 1});
}
