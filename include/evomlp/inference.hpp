// SPDX-License-Identifier: MIT
// Prediction alone, for firmware, audio threads and plug-ins: standard C++ headers only, no heap, no exceptions, no
// iostream, no threads, no BLAS, no SIMD library. Compiles with -fno-exceptions -fno-rtti.
//
//     constexpr float circles[Net::num_parameters] = {…};  // in the order of parameter_table<Net>
//     float y[1];
//     evomlp::predict(evomlp::ModelView<Net>{circles}, x, y);
//
// to_header (io/to_header.hpp) writes such an array, and what belongs to it, from a trained model.
#pragma once

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/elu.hpp"
#include "evomlp/layers/feature_scaling.hpp"
#include "evomlp/layers/gelu.hpp"
#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/identity.hpp"
#include "evomlp/layers/layer_norm.hpp"
#include "evomlp/layers/leaky_relu.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/projected_residual_block.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/repeat.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/rezero_block.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/sigmoid.hpp"
#include "evomlp/layers/silu.hpp"
#include "evomlp/layers/softmax.hpp"
#include "evomlp/layers/softplus.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/net/predict_one.hpp"
#include "evomlp/version.hpp"
