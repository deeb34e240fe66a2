// SPDX-License-Identifier: MIT
// Nested lists and the four kinds of blocks against the numbers of an independent framework.
#include "evomlp/evomlp.hpp"
#include "reference/blocks.hpp"
#include "support/reference_case.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_case;

TEST_CASE("Compositions agree with an independent framework in double: output, loss, gradients, buffers, evaluation") {
#define CHECK_BLOCK(name, ...) check_case<__VA_ARGS__, double>(evomlp_reference::name, 1e-12);
  EVOMLP_REFERENCE_BLOCKS(CHECK_BLOCK)
#undef CHECK_BLOCK
}
