// SPDX-License-Identifier: MIT
// expect: evomlp::switch_after: both must be update rules, such as Adam{} and SGD{}; policies stand beside it in the chain
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { switch_after(100, chain(ClipGradValue{1.0}, Adam{}), SGD{}); }
