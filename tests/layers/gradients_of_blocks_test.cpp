// SPDX-License-Identifier: MIT
// The blocks' backward against finite differences.
#include "evomlp/evomlp.hpp"
#include "support/gradients.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::check_gradients;

TEST_CASE("Gradients of ResidualBlock first, last and alone, at several lambdas") {
  check_gradients<Sequential<ResidualBlock<5.0, Linear<7, 7>, Tanh>, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 7>, ResidualBlock<0.1, Linear<7, 7>, Tanh>>>(5);
  check_gradients<Sequential<ResidualBlock<-1, Linear<5, 3>, ReLU, Linear<3, 5>>>>(1);
  check_gradients<Sequential<ResidualBlock<0, Linear<5, 5>, SiLU>, Linear<5, 2>>>(3);
  check_gradients<Sequential<ResidualBlock<0.5, Linear<1, 1>, Tanh>>>(1);
  check_gradients<Sequential<ResidualBlock<2, BatchNorm1d<5>, ReLU, Linear<5, 5>>>>(4);
  check_gradients<Sequential<ResidualBlock<2, Linear<5, 5>, BatchNorm1d<5>>, Softmax>>(2);
  check_gradients<ResidualBlock<0.5, Linear<3, 3>, GELU>>(2);
}

TEST_CASE("Gradients of ResidualBlock whose body begins or ends with a layer that takes plain matrices only") {
  check_gradients<Sequential<ResidualBlock<0.5, Softmax, Linear<5, 5>>>>(3);
  check_gradients<Sequential<Linear<3, 5>, ResidualBlock<0.5, Linear<5, 5>, Softmax>, Linear<5, 2>>>(3);
  check_gradients<Sequential<ResidualBlock<0.5, Dropout<0.5>, Linear<5, 5>, Dropout<0.25>>>>(3);
  check_gradients<Sequential<ResidualBlock<0.5, evomlp_test::SquareGain<5>, evomlp_test::AddRowMean>>>(3);
  check_gradients<Sequential<ResidualBlock<0.5, Softmax, Linear<5, 5>, Softmax>,
                             ResidualBlock<-2, evomlp_test::AddRowMean, Linear<5, 5>>>>(2);
}

TEST_CASE("Gradients of ProjectedResidualBlock first, last and alone") {
  check_gradients<
      Sequential<ProjectedResidualBlock<5.0, Linear<7, 3>, Linear<7, 5>, Tanh, Linear<5, 3>>, Linear<3, 2>>>(5);
  check_gradients<Sequential<Linear<2, 7>, ProjectedResidualBlock<0.1, Linear<7, 3, false>, Linear<7, 3>, Tanh>>>(5);
  check_gradients<Sequential<ProjectedResidualBlock<-1, Linear<3, 1>, Linear<3, 1>>>>(1);
  check_gradients<Sequential<ProjectedResidualBlock<0, Linear<1, 3>, Linear<1, 3>, SiLU>>>(1);
  check_gradients<
      Sequential<ProjectedResidualBlock<0.5, Sequential<Linear<4, 3>, BatchNorm1d<3>>, Softmax, Linear<4, 3>, Softmax>,
                 Linear<3, 2>>>(4);
}

TEST_CASE("Gradients of ReZeroBlock, its alpha among them") {
  check_gradients<Sequential<ReZeroBlock<Linear<7, 7>, Tanh>, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 5>, ReZeroBlock<Linear<5, 5>, Softmax>>>(1);
  check_gradients<Sequential<ReZeroBlock<Linear<1, 1>, Tanh>, ReZeroBlock<BatchNorm1d<1>>>>(2);
}

TEST_CASE("Gradients of HighwayBlock, its gate among them") {
  check_gradients<Sequential<HighwayBlock<Linear<7, 7>, Tanh>, Linear<7, 3>>>(5);
  check_gradients<Sequential<Linear<3, 5>, HighwayBlock<Linear<5, 2>, SiLU, Linear<2, 5>>>>(1);
  check_gradients<Sequential<HighwayBlock<Linear<1, 1>, Tanh>>>(1);
  check_gradients<Sequential<HighwayBlock<Softmax, Linear<5, 5>, Dropout<0.5>>, HighwayBlock<BatchNorm1d<5>>>>(3);
}
