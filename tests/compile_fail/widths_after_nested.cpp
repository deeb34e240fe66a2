// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<1, 4, 3>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

using Net = Sequential<Sequential<Linear<2, 3>, Linear<3, 4>>, Linear<3, 1>>;

int main() { const Model<Net> model; }
