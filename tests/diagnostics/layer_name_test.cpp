// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/layer_name.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

using namespace evomlp;

namespace audio {

enum Kind { soft, hard };

struct Swish {
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) { return z; }
};
template <Kind kind, int power>
struct Shaper : Swish {
  struct Inner : Swish {};
};
template <std::size_t N, Real slope>
struct Scaled : Swish {
  static constexpr Child<"in", Linear<N, N>> in{};
};
template <std::size_t N, Real lambda, bool gated, class... Ls>
struct Block : Swish {
  static constexpr Child<"body", Sequential<Ls...>> body{};
  static constexpr auto children = table(body);
};
struct Named : Swish {
  static constexpr std::string_view name = "audio::Chebyshev";
};

}  // namespace audio

namespace {

struct Hidden : audio::Swish {};
template <class L>
struct Around : audio::Swish {};

struct Weight {  // a number in braces that is no Real
  int grams;
};
template <Weight w>
struct Heavy : audio::Swish {};

}  // namespace

TEST_CASE("A layer of ours is called as it is written, without what is so by default") {
  CHECK(layer_name<Linear<2, 32>>() == "Linear<2, 32>");
  CHECK(layer_name<Linear<2, 32, false>>() == "Linear<2, 32, false>");
  CHECK(layer_name<BatchNorm1d<64>>() == "BatchNorm1d<64>");
  CHECK(layer_name<BatchNorm1d<64, biased>>() == "BatchNorm1d<64, biased, 0.1, 1e-05>");
  CHECK(layer_name<LayerNorm<8>>() == "LayerNorm<8>");
  CHECK(layer_name<LayerNorm<8, 1e-3>>() == "LayerNorm<8, 0.001>");
  CHECK(layer_name<LeakyReLU<0.2>>() == "LeakyReLU<0.2>");
  CHECK(layer_name<ReLU>() == "ReLU");
}

TEST_CASE("A block is called without its layers") {
  CHECK(layer_name<Sequential<Linear<2, 2>, ReLU>>() == "Sequential");
  CHECK(layer_name<Repeat<8, ResidualBlock<5, Linear<4, 4>>>>() == "Repeat<8>");
  CHECK(layer_name<ResidualBlock<-0.5, Linear<4, 4>, LeakyReLU<0.3>>>() == "ResidualBlock<-0.5>");
  CHECK(layer_name<ProjectedResidualBlock<1, Linear<4, 2>, Linear<4, 2>>>() == "ProjectedResidualBlock<1>");
  CHECK(layer_name<HighwayBlock<Linear<4, 4>>>() == "HighwayBlock");
  CHECK(layer_name<ResidualBlock<2, Linear<4, 4>, Hidden>>() == "ResidualBlock<2>");
}

TEST_CASE("A layer of one's own that says nothing of its name is called what the compiler calls it") {
  CHECK(layer_name<audio::Swish>() == "Swish");
  CHECK(layer_name<audio::Named>() == "Chebyshev");
  CHECK(layer_name<Hidden>() == "Hidden");
  CHECK(layer_name<audio::Scaled<24, 0.5>>() == "Scaled<24, 0.5>");
  CHECK(layer_name<audio::Scaled<24, 0>>() == "Scaled<24, 0>");
  CHECK(layer_name<audio::Scaled<24, -3>>() == "Scaled<24, -3>");
  CHECK(layer_name<audio::Shaper<audio::hard, -2>>() == "Shaper<hard, -2>");
  CHECK(layer_name<audio::Shaper<audio::hard, 3>::Inner>() == "Inner");
  CHECK(layer_name<Around<audio::Shaper<audio::soft, 3>>>() == "Around<Shaper<soft, 3>>");
  CHECK(layer_name<audio::Block<24, 0.1, true, Linear<24, 24>, audio::Scaled<24, 2>>>() == "Block<24, 0.1, true>");
  struct Local : audio::Swish {};
  CHECK(layer_name<Local>() == "Local");
  CHECK(layer_name<Heavy<Weight{3}>>().find("{3}>") != std::string::npos);
}

TEST_CASE("Names as compilers write them that aren't here") {
  CHECK(detail::without_namespaces("struct `anonymous namespace'::Gate<24,struct evomlp::ReLU>") == "Gate<24,ReLU>");
  CHECK(detail::without_namespaces("class audio::Structure<class evomlp::Linear<2,3,1> >") ==
        "Structure<Linear<2,3,1>>");
  CHECK(detail::without_layers("Gate<24,0.5,ReLU,1>") == "Gate<24, 0.5, 1>");
  CHECK(detail::without_layers("Gate<24, Pair<A, 3>, -1>") == "Gate<24, -1>");
  CHECK(detail::without_layers("Gate") == "Gate");
  CHECK(detail::without_namespaces("main()::<lambda(auto:557)>::Local") == "Local");
  CHECK(detail::without_namespaces("F<<unnamed>::bb>") == "F<bb>");
  CHECK(detail::without_namespaces("A<struct evomlp::Real{4602678819172646912}>") == "A<0.5>");
}
