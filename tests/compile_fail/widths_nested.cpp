// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<2, 7, 5>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

using Net = Sequential<Linear<2, 3>, Sequential<Linear<3, 7>, ReLU, Linear<5, 4>>, Linear<4, 1>>;

int main() { const Model<Net> model; }
