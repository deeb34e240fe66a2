// SPDX-License-Identifier: MIT
// expect: evomlp: a layer's input width differs from the width that the layer before it produces
// expect: Junction<1, 3, 4>
#include "evomlp/evomlp.hpp"

using namespace evomlp;

static_assert(Sequential<Linear<2, 3>, Linear<4, 1>>::in_features == 2);
