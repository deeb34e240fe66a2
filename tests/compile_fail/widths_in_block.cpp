// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<1, 6, 5>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

using Net = Sequential<Linear<2, 4>, ResidualBlock<5, Linear<4, 6>, Linear<5, 4>>>;

int main() { const Model<Net> model; }
