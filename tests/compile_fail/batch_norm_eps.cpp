// SPDX-License-Identifier: MIT
// expect: evomlp::BatchNorm1d: eps is negative
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(Model<BatchNorm1d<2, unbiased, 0.1, -5.0>>::num_parameters); }
