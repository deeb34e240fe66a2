// SPDX-License-Identifier: MIT
// expect: evomlp::chain: wrong order:
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const auto updates = chain(ClipUpdateValue{0.1}, SGD{}); }
