// SPDX-License-Identifier: MIT
// expect: evomlp::LayerNorm: eps is negative
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(Model<LayerNorm<2, -5.0>>::num_parameters); }
