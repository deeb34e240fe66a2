// SPDX-License-Identifier: MIT
// expect: evomlp::ResidualBlock: no layer of the body says its width
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<Linear<2, 3>, ResidualBlock<1, Tanh>>> model; }
