// SPDX-License-Identifier: MIT
// expect: evomlp::evaluate: samples and targets are one argument
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const auto data = make_moons();
  evaluate(model, data.x, data.y, BCEWithLogitsLoss{});
}
