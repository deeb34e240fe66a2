// SPDX-License-Identifier: MIT
// expect: evomlp::predict: x is a tensor, a row for each sample
#include "evomlp/evomlp.hpp"

#include <vector>

using namespace evomlp;

int main() {
  Model<Sequential<Linear<2, 1>>> model;
  predict(model, std::vector<float>{1, 2});
}
