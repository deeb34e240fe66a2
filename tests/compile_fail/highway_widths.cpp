// SPDX-License-Identifier: MIT
// expect: evomlp::HighwayBlock: the body must produce the width that enters it
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<HighwayBlock<Linear<4, 3>, ReLU>>> model; }
