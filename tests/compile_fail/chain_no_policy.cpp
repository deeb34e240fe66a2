// SPDX-License-Identifier: MIT
// expect: evomlp::chain: a policy has none of updates(parameter), on_gradient(step), at(step) with lr and state, on_update(step), on_weight(step)
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const auto updates = chain(ReLU{}, Adam{}); }
