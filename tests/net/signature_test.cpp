// SPDX-License-Identifier: MIT
#include "evomlp/net/signature.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace evomlp;

namespace {

struct Swish {
  static constexpr std::string_view name = "Swish";
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) { return z; }
};
struct Unnamed : Swish {
  static constexpr int name = 7;  // something else
};

}  // namespace

TEST_CASE("A signature is the type as it is written, with all arguments") {
  CHECK(signature<Sequential<Linear<2, 32>, ReLU, Linear<32, 1, false>>>() ==
        "Sequential<Linear<2, 32, true>, ReLU, Linear<32, 1, false>>");
  CHECK(signature<Sequential<>>() == "Sequential<>");
  CHECK(signature<BatchNorm1d<3>>() == "BatchNorm1d<3, unbiased, 0.1, 1e-05>");
  CHECK(signature<BatchNorm1d<3, biased, 0.01, 0.001>>() == "BatchNorm1d<3, biased, 0.01, 0.001>");
  CHECK(signature<Repeat<8, ResidualBlock<5.0, Linear<4, 4>, LeakyReLU<>>>>() ==
        "Repeat<8, ResidualBlock<5, Linear<4, 4, true>, LeakyReLU<0.01>>>");
  CHECK(signature<ProjectedResidualBlock<-0.1, Linear<3, 2>, Sequential<Linear<3, 2>>, Dropout<0.5>>>() ==
        "ProjectedResidualBlock<-0.1, Linear<3, 2, true>, Sequential<Linear<3, 2, true>>, Dropout<0.5>>");
  CHECK(signature<Sequential<ReZeroBlock<Linear<2, 2>>, HighwayBlock<Linear<2, 2>, Tanh>>>() ==
        "Sequential<ReZeroBlock<Linear<2, 2, true>>, HighwayBlock<Linear<2, 2, true>, Tanh>>");
  CHECK(signature<Sequential<Sigmoid, Tanh, GELU, SiLU, Softmax, Identity>>() ==
        "Sequential<Sigmoid, Tanh, GELU, SiLU, Softmax, Identity>");
}

TEST_CASE("A signature has the name that a layer of one's own gives itself") {
  CHECK(signature<Sequential<Linear<2, 2>, Swish, Unnamed>>() == "Sequential<Linear<2, 2, true>, Swish, ?>");
}
