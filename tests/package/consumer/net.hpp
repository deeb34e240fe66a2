// SPDX-License-Identifier: MIT
#pragma once

#include <evomlp/evomlp.hpp>

using Net = evomlp::Sequential<evomlp::Linear<2, 8>, evomlp::Tanh, evomlp::BatchNorm1d<8>, evomlp::Linear<8, 1>>;

/// Defined in the other file: one training step, which instantiates there what main.cpp instantiates too.
double loss_of_one_step(evomlp::Model<Net>& model, const evomlp::Dataset<float>& data);
