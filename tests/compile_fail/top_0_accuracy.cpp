// SPDX-License-Identifier: MIT
// expect: evomlp::TopKAccuracy: k is 0, expected at least 1
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { return static_cast<int>(TopKAccuracy<0>{}.rows); }
