// SPDX-License-Identifier: MIT
// Files in memory.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace evomlp_test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes(std::string_view text) {
  Bytes result;
  for (const char c : text) result.push_back(static_cast<std::byte>(c));
  return result;
}

}  // namespace evomlp_test
