// SPDX-License-Identifier: MIT
// expect: evomlp::hessian: for networks of 1 to 1000 parameters; sharpness and hessian_vector take any
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 400>, Tanh, Linear<400, 1>>> model;
  hessian(model, MSELoss{}, make_matrix<float>(4, 2), make_matrix<float>(4, 1));
}
