// SPDX-License-Identifier: MIT
// expect: evomlp::ELU: alpha is negative
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(Model<Sequential<Linear<2, 3>, ELU<-1.0>>>::num_parameters); }
