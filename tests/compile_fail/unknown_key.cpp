// SPDX-License-Identifier: MIT
// expect: evomlp::parameter: the network has no parameter or buffer of this key
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 3>, ReLU, Linear<3, 1>>> model;
  parameter<"1.weight">(model);
}
