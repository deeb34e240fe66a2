// SPDX-License-Identifier: MIT
// What an exception says.
#pragma once

#include "evomlp/core/error.hpp"

#include <string>
#include <string_view>

namespace evomlp_test {

/// The message of the E that f throws.
template <class E = evomlp::Error>
std::string message_of(auto f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "(no such exception)";
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace evomlp_test
