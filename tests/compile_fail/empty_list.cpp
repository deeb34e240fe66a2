// SPDX-License-Identifier: MIT
// expect: evomlp: a list of layers needs at least one
#include "evomlp/evomlp.hpp"

static_assert(evomlp::Sequential<>::in_features == 0);
