// SPDX-License-Identifier: MIT
// The nets of 5, 22 and 41 layers that the project was founded on, and the residual one, as types.
#pragma once

#include <evomlp/evomlp.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace mnist_nets {

using namespace evomlp;

/// Linear, ReLU and, with `norm`, BatchNorm1d behind them.
template <bool norm, std::size_t In, std::size_t Out>
using Layer =
    std::conditional_t<norm, Sequential<Linear<In, Out>, ReLU, BatchNorm1d<Out>>, Sequential<Linear<In, Out>, ReLU>>;

template <bool norm, std::size_t... widths>
struct MlpOf {
  static constexpr std::array width{widths...};
  template <std::size_t... i>
  static auto net(std::index_sequence<i...>)
      -> Sequential<Layer<norm, width[i], width[i + 1]>..., Linear<width[sizeof...(i)], width[sizeof...(i) + 1]>>;
  using type = decltype(net(std::make_index_sequence<sizeof...(widths) - 2>{}));
};
/// A Layer between each two widths, and a Linear between the last two.
template <bool norm, std::size_t... widths>
using Mlp = typename MlpOf<norm, widths...>::type;

template <bool norm>
using Layers5 = Mlp<norm, 784, 128, 64, 32, 16, 10>;

template <bool norm>
using Layers22 = Mlp<norm, 784, 784, 1024, 1024, 2048, 512, 512, 256, 256, 128, 128, 128, 64, 64, 64, 32, 32, 32, 16,
                     16, 16, 12, 10>;

/// `q` divides all widths but those of the ten narrow layers at the end: 4 is the quick version, at quarter width.
template <bool norm, std::size_t q = 1>
using Layers41 = Mlp<norm, 784, 784 / q, 1024 / q, 1024 / q, 512 / q, 512 / q,  //
                     256 / q, 512 / q, 1024 / q, 512 / q, 256 / q,              //
                     256 / q, 512 / q, 1024 / q, 512 / q, 256 / q,              //
                     256 / q, 512 / q, 1024 / q, 512 / q, 256 / q,              //
                     256 / q, 512 / q, 1024 / q, 512 / q, 256 / q,              //
                     256 / q, 512 / q, 1024 / q, 512 / q, 256 / q,              //
                     64, 64, 64, 32, 32, 32, 16, 16, 12, 12, 10>;

/// Five Layers with BatchNorm1d; the shortcut is a Linear where the width changes.
template <std::size_t In, std::size_t A, std::size_t B, std::size_t C, std::size_t D, std::size_t Out>
struct ModuleOf {
  using type = ProjectedResidualBlock<1, Linear<In, Out>, Layer<true, In, A>, Layer<true, A, B>, Layer<true, B, C>,
                                      Layer<true, C, D>, Layer<true, D, Out>>;
};
template <std::size_t In, std::size_t A, std::size_t B, std::size_t C, std::size_t D>
struct ModuleOf<In, A, B, C, D, In> {
  using type =
      ResidualBlock<1, Layer<true, In, A>, Layer<true, A, B>, Layer<true, B, C>, Layer<true, C, D>, Layer<true, D, In>>;
};
template <std::size_t... widths>
using Module = typename ModuleOf<widths...>::type;

/// The 40 hidden widths of Layers41 in eight modules of five; two Linears before them, two after them, one to predict.
/// (The founding document gives the number of parameters alone: no other layout by one rule has it.)
template <std::size_t q = 1>
using Residual41 = Sequential<Linear<784, 1024 / q>, Linear<1024 / q, 64>,                               //
                              Module<64, 784 / q, 1024 / q, 1024 / q, 512 / q, 512 / q>,                 //
                              Module<512 / q, 256 / q, 512 / q, 1024 / q, 512 / q, 256 / q>,             //
                              Repeat<4, Module<256 / q, 256 / q, 512 / q, 1024 / q, 512 / q, 256 / q>>,  //
                              Module<256 / q, 64, 64, 64, 32, 32>, Module<32, 32, 16, 16, 12, 12>,       //
                              Linear<12, 16>, Linear<16, 16>, Linear<16, 10>>;

}  // namespace mnist_nets
