// SPDX-License-Identifier: MIT
// The nets that the project was founded on, as types.
#pragma once

#include "evomlp/evomlp.hpp"

#include <cstddef>

namespace founding_nets {

using namespace evomlp;

template <std::size_t... widths>
struct Sizes {};

/// Linear, ReLU, Linear, ReLU, …, Linear; `norm` puts a BatchNorm1d behind each ReLU.
template <bool norm, class Layers, class S>
struct Mlp;
template <bool norm, class... Ls, std::size_t In, std::size_t Out>
struct Mlp<norm, Sequential<Ls...>, Sizes<In, Out>> {
  using type = Sequential<Ls..., Linear<In, Out>>;
};
template <class... Ls, std::size_t In, std::size_t Out, std::size_t Next, std::size_t... rest>
struct Mlp<false, Sequential<Ls...>, Sizes<In, Out, Next, rest...>>
    : Mlp<false, Sequential<Ls..., Linear<In, Out>, ReLU>, Sizes<Out, Next, rest...>> {};
template <class... Ls, std::size_t In, std::size_t Out, std::size_t Next, std::size_t... rest>
struct Mlp<true, Sequential<Ls...>, Sizes<In, Out, Next, rest...>>
    : Mlp<true, Sequential<Ls..., Linear<In, Out>, ReLU, BatchNorm1d<Out>>, Sizes<Out, Next, rest...>> {};

template <bool norm, std::size_t First, std::size_t Second, std::size_t... rest>
struct MlpOf;
// The first pair is written out: a Sequential has at least one layer.
template <std::size_t First, std::size_t Second, std::size_t... rest>
struct MlpOf<false, First, Second, rest...>
    : Mlp<false, Sequential<Linear<First, Second>, ReLU>, Sizes<Second, rest...>> {};
template <std::size_t First, std::size_t Second, std::size_t... rest>
struct MlpOf<true, First, Second, rest...>
    : Mlp<true, Sequential<Linear<First, Second>, ReLU, BatchNorm1d<Second>>, Sizes<Second, rest...>> {};

template <bool norm>
using Layers5 = typename MlpOf<norm, 784, 128, 64, 32, 16, 10>::type;
template <bool norm>
using Layers22 = typename MlpOf<norm, 784, 784, 1024, 1024, 2048, 512, 512, 256, 256, 128, 128, 128, 64, 64, 64, 32, 32,
                                32, 16, 16, 16, 12, 10>::type;
template <bool norm>
using Layers41 = typename MlpOf<norm, 784, 784, 1024, 1024, 512, 512,                                          //
                                256, 512, 1024, 512, 256, 256, 512, 1024, 512, 256, 256, 512, 1024, 512, 256,  //
                                256, 512, 1024, 512, 256, 256, 512, 1024, 512, 256,                            //
                                64, 64, 64, 32, 32, 32, 16, 16, 12, 12, 10>::type;

}  // namespace founding_nets
