// SPDX-License-Identifier: MIT
// expect: deleted function
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { parameter<"0.weight">(Model<Sequential<Linear<2, 3>>>()); }
