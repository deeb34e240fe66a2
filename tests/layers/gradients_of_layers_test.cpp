// SPDX-License-Identifier: MIT
// Each layer's backward against finite differences: alone, first, last, at odd sizes, at width 1 and in a batch of 1.
#include "evomlp/evomlp.hpp"
#include "support/gradients.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_gradients;

TEST_CASE("Gradients of Linear at odd sizes, width 1 and in a batch of 1") {
  check_gradients<Sequential<Linear<5, 3>>>(7);
  check_gradients<Sequential<Linear<5, 3>>>(1);
  check_gradients<Sequential<Linear<1, 1>>>(1);
  check_gradients<Sequential<Linear<1, 9>>>(3);
  check_gradients<Sequential<Linear<19, 1>>>(5);
  check_gradients<Sequential<Linear<17, 13, false>>>(3);
  check_gradients<Sequential<Linear<3, 5, false>, Linear<5, 1>>>(1);
  check_gradients<Linear<3, 2>>(4);  // a layer is a network too
}

namespace {

/// A layer that keeps the width: in first place, in last place behind a Linear, in both at width 1.
template <class L, class One>
void check_in_every_place(std::size_t batch_of_one) {
  check_gradients<Sequential<L, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 7>, L>>(5);
  check_gradients<Sequential<Linear<3, 7>, L>>(batch_of_one);
  check_gradients<Sequential<One, Linear<1, 1>, One>>(3);
}
template <class L>
void check_in_every_place() {
  check_in_every_place<L, L>(1);
  check_gradients<Sequential<Linear<3, 7>, Tanh, L, Linear<7, 2>>>(5);  // not fused with the Linear before it
}

}  // namespace

TEST_CASE("Gradients of Softmax") {
  check_gradients<Sequential<Softmax, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 7>, Softmax>>(5);
  check_gradients<Sequential<Linear<3, 7>, Softmax>>(1);
  check_gradients<Sequential<Linear<3, 7>, Tanh, Softmax, Linear<7, 2>>>(5);
  check_gradients<Sequential<Softmax, Linear<1, 3>, Softmax>>(2);
}
TEST_CASE("Gradients of Dropout under one mask") {
  check_in_every_place<Dropout<0.5>>();
  check_in_every_place<Dropout<0>>();
}
TEST_CASE("Gradients of BatchNorm1d, where training needs two rows") {
  check_in_every_place<BatchNorm1d<7>, BatchNorm1d<1>>(2);
  check_in_every_place<BatchNorm1d<7, biased, 0.3, 0.1>, BatchNorm1d<1, biased, 0.3, 0.1>>(2);
  check_gradients<Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, Linear<5, 2>>>(6);
  check_gradients<Sequential<Linear<3, 5>, ReLU, BatchNorm1d<5>, Linear<5, 2>>>(6, 2);
  check_gradients<Sequential<BatchNorm1d<3>, BatchNorm1d<3>>>(4);
}
TEST_CASE("Gradients of LayerNorm") {
  check_in_every_place<LayerNorm<7>, LayerNorm<1>>(1);
  check_in_every_place<LayerNorm<7, 0.1>, LayerNorm<1, 0.1>>(1);
  check_gradients<Sequential<Linear<3, 19>, LayerNorm<19>, ReLU, Linear<19, 2>>>(6);
  check_gradients<Sequential<Linear<3, 5>, ResidualBlock<0.5, LayerNorm<5>, Linear<5, 5>, GELU>, Linear<5, 2>>>(3);
}
TEST_CASE("Gradients of a user's own layers") {
  check_in_every_place<evomlp_test::AddRowMean>();
  check_in_every_place<evomlp_test::SquareGain<7>, evomlp_test::SquareGain<1>>(1);
  using evomlp_test::OwnBlock;
  check_gradients<Sequential<Linear<3, 5>, OwnBlock<Linear<5, 5>, Dropout<0.5>>, Linear<5, 2>>>(3);
  check_gradients<Sequential<OwnBlock<ResidualBlock<0.5, Linear<4, 4>, Tanh>, Softmax>, OwnBlock<Linear<4, 4>, Tanh>>>(
      3);
  check_gradients<Sequential<ResidualBlock<2, OwnBlock<Sequential<Linear<4, 4>, BatchNorm1d<4>>, Sigmoid>>>>(4);
}
