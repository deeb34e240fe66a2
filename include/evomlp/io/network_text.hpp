// SPDX-License-Identifier: MIT
// What files of ours say of their network and of the library that wrote them.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/version.hpp"

#include <string>

namespace evomlp::detail {

/// A network in a few words, for messages: "2 -> 1, 8577 parameters in 22 layers".
template <class Net>
std::string network_text() {
  return std::to_string(Net::in_features) + " -> " + std::to_string(Net::out_features) + ", " +
         std::to_string(Model<Net, float>::num_parameters) + " parameters in " +
         std::to_string(layer_paths<Net>.size()) + " layers";
}

inline std::string version_text() {
  return std::to_string(EVOMLP_VERSION_MAJOR) + "." + std::to_string(EVOMLP_VERSION_MINOR) + "." +
         std::to_string(EVOMLP_VERSION_PATCH);
}

}  // namespace evomlp::detail
