// SPDX-License-Identifier: MIT
// A network in a few words, for messages and files.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/net/model.hpp"

#include <string>

namespace evomlp::detail {

/// "2 -> 1, 8577 parameters in 22 layers".
template <class Net>
std::string network_text() {
  return concat({Net::in_features, " -> ", Net::out_features, ", ", Model<Net, float>::num_parameters,
                 " parameters in ", layer_paths<Net>.size(), " layers"});
}

}  // namespace evomlp::detail
