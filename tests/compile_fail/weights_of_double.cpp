// SPDX-License-Identifier: MIT
// expect: evomlp: the tensor's element type differs from what is expected here (the model's scalar, or std::int32_t for labels)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  State state(model, SGD{});
  const auto weights = xt::xtensor<double, 1>::from_shape({4});
  train_step(model, state, MSELoss{}, make_matrix<float>(4, 2), make_matrix<float>(4, 1), weights);
}
