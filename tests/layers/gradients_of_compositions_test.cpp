// SPDX-License-Identifier: MIT
// Layers in lists in blocks in blocks: finite differences don't care how deep.
#include "evomlp/evomlp.hpp"
#include "support/gradients.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_gradients;

namespace {

/// A user's layer that keeps any width and may be fused with the activation after it.
struct Twice {
  static constexpr bool any_destination = true;
  static void predict(auto, auto x, auto y) {
    kernels::each(y, [](auto v) { return 2 * v; }, x);
  }
  static void backward(auto, auto, auto, auto, auto dy, auto dx) {
    kernels::each(dx, [](auto d) { return 2 * d; }, dy);
  }
};

}  // namespace

TEST_CASE("Gradients of a layer of any width before an activation") {
  check_gradients<Sequential<Linear<3, 4>, Twice, SiLU, Linear<4, 2>>>(3);
  check_gradients<Sequential<Linear<3, 4>, ResidualBlock<0.5, Linear<4, 4>, Twice, Tanh>, Twice, ReLU, Linear<4, 2>>>(
      3);
}

TEST_CASE("Gradients of lists in lists") {
  check_gradients<
      Sequential<Sequential<Linear<3, 5>, Sequential<Tanh>>, Sequential<Sequential<Sequential<Linear<5, 2>>>>>>(3);
  check_gradients<Sequential<Repeat<3, Linear<3, 5>, Tanh, Linear<5, 3>>, Linear<3, 2>>>(3);
  check_gradients<Sequential<Repeat<2, Repeat<2, Sequential<Linear<3, 3>, Softmax>>>>>(2);
  check_gradients<Repeat<2, Linear<2, 2>, SiLU>>(3);
}

TEST_CASE("Gradients of blocks in blocks") {
  check_gradients<Sequential<ResidualBlock<0.5, ResidualBlock<-2, Linear<5, 5>, Tanh>>, Linear<5, 2>>>(3);
  check_gradients<Sequential<
      Linear<2, 5>, ResidualBlock<0.5, Linear<5, 3>, ProjectedResidualBlock<3, Linear<3, 5>, Linear<3, 5>, SiLU>>>>(3);
  check_gradients<Sequential<ReZeroBlock<HighwayBlock<Linear<3, 3>, Tanh>, ResidualBlock<0.5, Linear<3, 3>, ReLU>>>>(3);
  check_gradients<
      Sequential<HighwayBlock<ReZeroBlock<Linear<3, 3>, Tanh>, ReZeroBlock<Linear<3, 3>, Tanh>>, Linear<3, 1>>>(1);
  check_gradients<
      Sequential<ProjectedResidualBlock<0.5, ResidualBlock<2, Linear<3, 3>>, ResidualBlock<0.3, Linear<3, 3>, Tanh>>>>(
      2);
}

TEST_CASE("Gradients of Repeat in blocks and of blocks in Repeat") {
  check_gradients<Sequential<ResidualBlock<0.5, Repeat<2, Linear<5, 5>, Tanh>>, Linear<5, 2>>>(3);
  check_gradients<
      Sequential<Linear<2, 4>, Repeat<3, ResidualBlock<0.7, Linear<4, 4>, BatchNorm1d<4>, ReLU>>, Linear<4, 1>>>(6);
  check_gradients<
      Sequential<Repeat<2, ResidualBlock<0.7, Repeat<2, ResidualBlock<0.3, Linear<3, 3>, Tanh>>, Linear<3, 3>>>>>(2);
}

TEST_CASE("Gradients where nothing below the first trained layer learns, and where nothing learns at all") {
  check_gradients<Sequential<Tanh, Softmax, Sigmoid, Linear<5, 3>, Tanh, Dropout<0.25>>>(3);
  check_gradients<Sequential<ResidualBlock<0.5, Tanh, Linear<5, 5>>, Softmax, Sequential<SiLU>>>(3);
  check_gradients<
      Sequential<Linear<4, 3>, ResidualBlock<0.5, evomlp_test::AddRowMean, Linear<3, 3, false>>, Tanh, Tanh>>(3);
}

// Drawn once: lists and blocks of the layers above in no order that a person would choose.
TEST_CASE("Gradients of compositions drawn at random") {
  check_gradients<Sequential<Linear<3, 4>, Dropout<0.3>, GELU, HighwayBlock<Softmax, BatchNorm1d<4>>,
                             Repeat<2, ReZeroBlock<SiLU, Linear<4, 4>>>, Linear<4, 2>>>(5);
  check_gradients<
      Sequential<BatchNorm1d<3>,
                 ProjectedResidualBlock<-0.4, Sequential<Tanh, Linear<3, 6>>, Linear<3, 6>, BatchNorm1d<6>, Sigmoid>,
                 Softmax, Linear<6, 1, false>>>(4);
  check_gradients<
      Sequential<ResidualBlock<1.5, Dropout<0.2>, Linear<4, 7>, evomlp_test::Gaussian, Linear<7, 4>, Softmax>, Identity,
                 ReZeroBlock<HighwayBlock<Linear<4, 4, false>, evomlp_test::Softsign>>>>(3);
  check_gradients<Sequential<Repeat<2, Sequential<Linear<2, 2>, ResidualBlock<0.9, BatchNorm1d<2>, GELU>>, Sigmoid>,
                             Linear<2, 5>, Softmax>>(4);
  check_gradients<Sequential<Identity, Identity, Linear<5, 5>, Identity,
                             ResidualBlock<0.2, Identity, ReZeroBlock<Tanh, Linear<5, 5>>, Identity>>>(2);
}
