// SPDX-License-Identifier: MIT
// expect: evomlp: the tensor's element type differs from what is expected here
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 3>>> model;
  predict(model, make_matrix<double>(4, 2));
}
