// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<9, 8, 6>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

using Net = Sequential<Linear<2, 3>, ReLU, BatchNorm1d<3>, Dropout<0.5>, Linear<3, 5>, Tanh, Linear<5, 8>, ReLU,
                       ResidualBlock<1, Linear<8, 8>>, Linear<6, 1>>;

int main() { return static_cast<int>(Model<Net>::num_parameters); }
