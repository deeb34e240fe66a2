// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<2, 3, 5>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<Linear<2, 3>, ReLU, BatchNorm1d<5>>> model; }
