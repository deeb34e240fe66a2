// SPDX-License-Identifier: MIT
// expect success
// The positive control of this folder: what the other files include does compile.
#include "evomlp/core/tensor.hpp"
#include "evomlp/version.hpp"

static_assert(EVOMLP_VERSION_MAJOR >= 0);

int main() { return evomlp::make_matrix<float>(2, 3).shape()[0] == 2 ? 0 : 1; }
