// SPDX-License-Identifier: MIT
// expect: must not be const
#include "evomlp/evomlp.hpp"

using namespace evomlp;

const ReduceLROnPlateau plateau{.monitor = Monitor::training_loss};

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  const Dataset<float> data{make_matrix<float>(4, 2), make_matrix<float>(4, 1)};
  fit(model, data, MSELoss{}, SGD{}, {}, plateau);
}
