// SPDX-License-Identifier: MIT
// expect: evomlp: the data's scalar differs from the model's
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() {
  const Model<Sequential<Linear<2, 2>, ReLU>> model;
  lesion_study(model, Dataset<double>{make_matrix<double>(4, 2), make_matrix<double>(4, 2)}, MSELoss{});
}
