// SPDX-License-Identifier: MIT
// expect: evomlp::Linear: a width of 0
#include "evomlp/evomlp.hpp"

int main() { const evomlp::Model<evomlp::Sequential<evomlp::Linear<2, 0>>> model; }
