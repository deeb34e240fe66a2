// SPDX-License-Identifier: MIT
// expect: evomlp::ResidualBlock: the body must produce the width that enters it
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<ResidualBlock<5.0, Linear<4, 3>, ReLU>>> model; }
