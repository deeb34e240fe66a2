// SPDX-License-Identifier: MIT
// expect: evomlp::Repeat: at least once
#include "evomlp/evomlp.hpp"

using namespace evomlp;

int main() { const Model<Sequential<Linear<2, 3>, Repeat<0, Linear<3, 3>>>> model; }
