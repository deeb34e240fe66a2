// SPDX-License-Identifier: MIT
// The same numbers in float: a few of each kind.
#include "evomlp/evomlp.hpp"
#include "reference/blocks.hpp"
#include "reference/layers.hpp"
#include "support/reference_case.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_case;
namespace reference = evomlp_reference;

TEST_CASE("Layers and blocks agree with an independent framework in float to its rounding") {
  const double tolerance = 2e-6;
  check_case<Sequential<Linear<19, 13>>, float>(reference::linear_wide, tolerance);
  check_case<Sequential<Linear<19, 13>>, float>(reference::linear_wide_one_row, tolerance);
  check_case<Sequential<GELU, Linear<3, 5>, GELU, Linear<5, 2>>, float>(reference::gelu_between, tolerance);
  check_case<Sequential<Sigmoid, Linear<3, 5>, Sigmoid, Linear<5, 2>>, float>(reference::sigmoid_between, tolerance);
  check_case<Sequential<Softmax, Linear<3, 5>, Softmax, Linear<5, 2>>, float>(reference::softmax_between, tolerance);
  check_case<Sequential<Linear<4, 5>, BatchNorm1d<5>, ReLU>, float>(reference::batch_norm_relu, tolerance);
  check_case<Sequential<Linear<3, 5>, ReZeroBlock<Linear<5, 5>, Tanh>, Linear<5, 2>>, float>(reference::rezero_03,
                                                                                             tolerance);
  check_case<Sequential<Linear<3, 5>, HighwayBlock<Linear<5, 5>, Tanh>, Linear<5, 2>>, float>(reference::highway,
                                                                                              tolerance);
}
