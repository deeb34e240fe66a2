// SPDX-License-Identifier: MIT
// expect: evomlp::chain: exactly one update rule
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const auto updates = chain(SGD{}, Adam{}); }
