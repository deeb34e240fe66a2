// SPDX-License-Identifier: MIT
// The nets that the project was founded on, by the numbers that their authors gave.
#include "../../examples/lab/mnist-depth/nets.hpp"

using namespace mnist_nets;

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

static_assert(Residual41<>::num_parameters == 10758910);
static_assert(Residual41<>::num_layers == 40 + 5 + 4);  // with the projections
static_assert(Residual41<>::num_modules == 40 * 3 + 5 + 4);
static_assert(Residual41<>::in_features == 784 && Residual41<>::out_features == 10);

// At quarter width.
static_assert(Layers41<false, 4>::num_parameters == 774830 && Layers41<true, 4>::num_parameters == 783846);
static_assert(Residual41<4>::num_parameters == 879706);
static_assert(Layers41<false, 4>::num_layers == 41 && Layers41<true, 4>::num_layers == 41);
static_assert(Residual41<4>::num_layers == 49);
static_assert(Layers41<false, 4>::num_modules == 81 && Layers41<true, 4>::num_modules == 121);
static_assert(Residual41<4>::num_modules == Residual41<>::num_modules);

// The net of the README.
using Circles = Sequential<Linear<2, 32>, ReLU, Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>, Linear<32, 1>>;
static_assert(Circles::in_features == 2 && Circles::out_features == 1 && Circles::num_parameters == 8577);
static_assert(Circles::num_layers == 10 && Circles::num_modules == 3 + 16);

// Two hundred layers stay within every compiler's default template depth.
using Deep = Sequential<Linear<2, 4>, Repeat<100, Linear<4, 4>, ReLU>, Linear<4, 1>>;
static_assert(Deep::num_parameters == 12 + 100 * 20 + 5 && Deep::num_modules == 202);

}  // namespace
