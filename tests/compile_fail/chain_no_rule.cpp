// SPDX-License-Identifier: MIT
// expect: evomlp::chain: exactly one update rule
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const auto updates = chain(ClipGradValue{1.0}, L2{1e-4}); }
