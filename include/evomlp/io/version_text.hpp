// SPDX-License-Identifier: MIT
// The version as it is written into files.
#pragma once

#include "evomlp/version.hpp"

#include <string>

namespace evomlp::detail {

/// "0.1.0".
inline std::string version_text() {
  return std::to_string(EVOMLP_VERSION_MAJOR) + "." + std::to_string(EVOMLP_VERSION_MINOR) + "." +
         std::to_string(EVOMLP_VERSION_PATCH);
}

}  // namespace evomlp::detail
