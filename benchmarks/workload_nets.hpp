// SPDX-License-Identifier: MIT
// The networks of workloads.hpp as EvoMLP's types, for its own programs.
#pragma once

#include <evomlp/evomlp.hpp>

#include <cstddef>

namespace bench::nets {

using namespace evomlp;

using Residual = ResidualBlock<5.0, Linear<32, 32>, ReLU>;
using W1 = Sequential<Linear<2, 32>, Repeat<8, Residual>, Linear<32, 1>>;
using W1p = Sequential<Linear<2, 32>, ReLU, Repeat<7, Linear<32, 32>, ReLU>, Linear<32, 1>>;
using W2 = Sequential<Linear<784, 128>, ReLU, Linear<128, 64>, ReLU, Linear<64, 32>, ReLU, Linear<32, 16>, ReLU,
                      Linear<16, 10>>;
template <std::size_t In, std::size_t Out>
using Hidden = Sequential<Linear<In, Out>, ReLU, BatchNorm1d<Out>>;
using W3 =
    Sequential<Hidden<784, 784>, Hidden<784, 1024>, Hidden<1024, 1024>, Hidden<1024, 2048>, Hidden<2048, 512>,
               Hidden<512, 512>, Hidden<512, 256>, Hidden<256, 256>, Hidden<256, 128>, Repeat<2, Hidden<128, 128>>,
               Hidden<128, 64>, Repeat<2, Hidden<64, 64>>, Hidden<64, 32>, Repeat<2, Hidden<32, 32>>, Hidden<32, 16>,
               Repeat<2, Hidden<16, 16>>, Hidden<16, 12>, Linear<12, 10>>;
using W4 = Sequential<Linear<784, 2048>, ReLU, Linear<2048, 2048>, ReLU, Linear<2048, 10>>;

}  // namespace bench::nets
