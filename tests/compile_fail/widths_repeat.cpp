// SPDX-License-Identifier: MIT
// The second turn takes what the first gave: place 2 is the first Linear again.
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<2, 5, 4>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

using Net = Sequential<Linear<2, 4>, Repeat<3, Linear<4, 5>, ReLU>, Linear<5, 1>>;

int main() { const Model<Net> model; }
