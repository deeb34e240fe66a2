// SPDX-License-Identifier: MIT
// Each activation's backward against finite differences: first, last, at width 1 and in a batch of 1.
#include "evomlp/evomlp.hpp"
#include "support/gradients.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_gradients;

namespace {

template <class A>
void check_in_every_place() {
  check_gradients<Sequential<A, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 7>, A>>(5);
  check_gradients<Sequential<Linear<3, 7>, A>>(1);
  check_gradients<Sequential<A, Linear<1, 1>, A>>(3);
  check_gradients<Sequential<Linear<3, 7>, Tanh, A, Linear<7, 2>>>(5);  // not fused with the Linear before it
}

}  // namespace

TEST_CASE("Gradients of the activations that have a kink") {
  check_in_every_place<ReLU>();
  check_in_every_place<LeakyReLU<0.01>>();
  check_in_every_place<LeakyReLU<-0.5>>();
  check_in_every_place<ELU<0.3>>();
}
TEST_CASE("Gradients of the activations whose slope is written in the output") {
  check_in_every_place<Sigmoid>();
  check_in_every_place<Tanh>();
  check_in_every_place<ELU<>>();
  check_in_every_place<Identity>();
  check_in_every_place<evomlp_test::Softsign>();
}
TEST_CASE("Gradients of the activations whose slope is written in the input") {
  check_in_every_place<GELU>();
  check_in_every_place<SiLU>();
  check_in_every_place<Softplus>();
  check_in_every_place<evomlp_test::Swish>();
  check_in_every_place<evomlp_test::Gaussian>();
}
