// SPDX-License-Identifier: MIT
#include "evomlp/net/type_name.hpp"

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

namespace audio {

template <int power>
struct Times {
  static auto value(auto z) { return power * z; }
  static auto slope_from_value(auto) { return power; }
};

}  // namespace audio

template <int power>
struct evomlp::TypeName<audio::Times<power>> : detail::TemplateOf<> {
  static std::string text() { return "audio::Times<" + std::to_string(power) + ">"; }
};

TEST_CASE("A type's name is what a C++ program writes") {
  CHECK(TypeName<Sequential<Linear<2, 3>, ReLU>>::text() ==
        "evomlp::Sequential<evomlp::Linear<2, 3, true>, evomlp::ReLU>");
  CHECK(TypeName<BatchNorm1d<4, biased>>::text() == "evomlp::BatchNorm1d<4, evomlp::biased, 0.1, 1e-05>");
  CHECK(TypeName<FeatureScaling<7>>::text() == "evomlp::FeatureScaling<7>");
  // As whole numbers these would not fit an int.
  CHECK(TypeName<LeakyReLU<1e20>>::text() == "evomlp::LeakyReLU<1e+20>");
  CHECK(TypeName<LeakyReLU<12345678901.0>>::text() == "evomlp::LeakyReLU<12345678901.0>");
  CHECK(TypeName<Sequential<LayerNorm<4>, ELU<0.5>>>::text() ==
        "evomlp::Sequential<evomlp::LayerNorm<4, 1e-05>, evomlp::ELU<0.5>>");
  CHECK(TypeName<Sequential<Swish, audio::Times<3>>>::text() == "evomlp::Sequential<Swish, audio::Times<3>>");
  CHECK(TypeName<Sequential<Swish, audio::Times<3>>>::is_known);
  CHECK(!TypeName<Sequential<ReLU, ResidualBlock<1, Linear<2, 2>, Unnamed>>>::is_known);
}

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
  CHECK(signature<Sequential<Sigmoid, Tanh, GELU, SiLU, Softplus, Softmax, Identity>>() ==
        "Sequential<Sigmoid, Tanh, GELU, SiLU, Softplus, Softmax, Identity>");
}

TEST_CASE("A signature has the name that a layer of one's own gives itself") {
  CHECK(signature<Sequential<Linear<2, 2>, Swish, Unnamed>>() == "Sequential<Linear<2, 2, true>, Swish, ?>");
}
