// SPDX-License-Identifier: MIT
// The nets that the project was founded on, by the numbers that their authors gave.
#include "founding_nets.hpp"

using namespace founding_nets;

namespace {

static_assert(Layers5<false>::num_parameters == 111514 && Layers5<true>::num_parameters == 111994);
static_assert(Layers22<false>::num_parameters == 6165038 && Layers22<true>::num_parameters == 6179334);
static_assert(Layers41<false>::num_parameters == 10246202 && Layers41<true>::num_parameters == 10280202);

static_assert(Layers5<false>::num_layers == 5 && Layers5<true>::num_layers == 5);
static_assert(Layers22<false>::num_layers == 22 && Layers22<true>::num_layers == 22);
static_assert(Layers41<false>::num_layers == 41 && Layers41<true>::num_layers == 41);

static_assert(Layers5<false>::num_modules == 9 && Layers5<true>::num_modules == 13);
static_assert(Layers22<false>::num_modules == 43 && Layers22<true>::num_modules == 64);
static_assert(Layers41<false>::num_modules == 81 && Layers41<true>::num_modules == 121);

static_assert(Layers41<true>::in_features == 784 && Layers41<true>::out_features == 10);
static_assert(Model<Layers5<true>>::num_buffers == 2 * (128 + 64 + 32 + 16));

// The residual one: the 40 hidden widths in eight modules of five (Linear, ReLU, BatchNorm1d), a projection where the
// width changes, two Linears before and after.
template <std::size_t In, std::size_t Out>
using Unit = Sequential<Linear<In, Out>, ReLU, BatchNorm1d<Out>>;
template <std::size_t In, std::size_t A, std::size_t B, std::size_t C, std::size_t D, std::size_t Out>
using Projected =
    ProjectedResidualBlock<1, Linear<In, Out>, Unit<In, A>, Unit<A, B>, Unit<B, C>, Unit<C, D>, Unit<D, Out>>;
using Middle = ResidualBlock<1, Unit<256, 256>, Unit<256, 512>, Unit<512, 1024>, Unit<1024, 512>, Unit<512, 256>>;
using Residual41 = Sequential<Linear<784, 1024>, Linear<1024, 64>,                                                 //
                              Projected<64, 784, 1024, 1024, 512, 512>, Projected<512, 256, 512, 1024, 512, 256>,  //
                              Repeat<4, Middle>,                                                                   //
                              Projected<256, 64, 64, 64, 32, 32>, Projected<32, 32, 16, 16, 12, 12>,               //
                              Linear<12, 16>, Linear<16, 16>, Linear<16, 10>>;
static_assert(Residual41::num_parameters == 10758910);
static_assert(Residual41::num_layers == 40 + 5 + 4);  // with the projections
static_assert(Residual41::num_modules == 40 * 3 + 5 + 4);
static_assert(Residual41::in_features == 784 && Residual41::out_features == 10);

// The net of the README.
using Circles = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
static_assert(Circles::in_features == 2 && Circles::out_features == 1 && Circles::num_parameters == 8577);
static_assert(Circles::num_layers == 10 && Circles::num_modules == 3 + 16);

// Two hundred layers stay within every compiler's default template depth.
using Deep = Sequential<Linear<2, 4>, Repeat<100, Linear<4, 4>, ReLU>, Linear<4, 1>>;
static_assert(Deep::num_parameters == 12 + 100 * 20 + 5 && Deep::num_modules == 202);

}  // namespace
