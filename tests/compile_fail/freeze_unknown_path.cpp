// SPDX-License-Identifier: MIT
// expect: evomlp: Freeze names a path that the network doesn't have: see parameter_table<Net> and layer_paths<Net>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>, ReLU, Linear<3, 1>>> model;
  State state(model, chain(Freeze<"0", "1">{}, Adam{}));  // "1" is the ReLU: nothing to freeze
}
