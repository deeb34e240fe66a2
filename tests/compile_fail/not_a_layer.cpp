// SPDX-License-Identifier: MIT
// expect: evomlp: this type is no layer: it lacks `static void predict(auto self, auto x, auto y)`
#include "evomlp/evomlp.hpp"

using namespace evomlp;

struct Nothing {};

int main() { const Model<Sequential<Linear<2, 3>, Nothing, Linear<3, 1>>> model; }
