// SPDX-License-Identifier: MIT
// A path as text for messages.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <filesystem>
#include <string>

namespace evomlp::detail {

/// In UTF-8. (path::string() gives the same bytes but on Windows, where it throws for a name that the machine's code page
/// doesn't have.)
inline std::string path_text(const std::filesystem::path& path) {
  const auto text = path.u8string();
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

}  // namespace evomlp::detail
