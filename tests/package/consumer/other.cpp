// SPDX-License-Identifier: MIT
// The second file that includes the library: a function that is not inline would be defined twice.
#include <evomlp/core/tensor.hpp>
#include <evomlp/data/dataset.hpp>
#include <evomlp/version.hpp>

std::size_t features_seen_elsewhere(const evomlp::Dataset<float>& data) { return data.features(); }
