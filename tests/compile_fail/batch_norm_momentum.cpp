// SPDX-License-Identifier: MIT
// expect: evomlp::BatchNorm1d: a momentum outside [0, 1]
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(Model<BatchNorm1d<2, unbiased, 2.0>>::num_parameters); }
