// SPDX-License-Identifier: MIT
// expect: evomlp::HuberLoss: delta must be above 0
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(sizeof(HuberLoss<-1.0>)); }
