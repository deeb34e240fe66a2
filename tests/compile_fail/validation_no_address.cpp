// SPDX-License-Identifier: MIT
// expect: deleted
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  const FitOptions options{.validation = data};
  fit(model, data, MSELoss{}, SGD{}, options);
}
