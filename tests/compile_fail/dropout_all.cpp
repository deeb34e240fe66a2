// SPDX-License-Identifier: MIT
// expect: evomlp::Dropout: p must be at least 0 and below 1
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<Linear<2, 3>, Dropout<1.0>>> model; }
