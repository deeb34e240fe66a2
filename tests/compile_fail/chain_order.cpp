// SPDX-License-Identifier: MIT
// expect: evomlp::chain: wrong order: Freeze stands first, ClipGradValue, ClipGradNorm, L1 and L2 stand before the rule, ClipUpdateValue after it, ProximalL1 last
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const auto updates = chain(Adam{}, ClipGradValue{1.0}); }
