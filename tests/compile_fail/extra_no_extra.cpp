// SPDX-License-Identifier: MIT
// expect: evomlp::fit: what follows the options must be a callback
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  fit(model, data, MSELoss{}, SGD{}, {}, Adam{});
}
