// SPDX-License-Identifier: MIT
// expect: no member named
// expect: Evaluation<false>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  return static_cast<int>(evaluate(model, data, MSELoss{}).accuracy);
}
