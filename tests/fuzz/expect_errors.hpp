// SPDX-License-Identifier: MIT
// What the fuzz targets share.
#pragma once

#include "evomlp/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <span>

namespace evomlp_test {

/// Input as libFuzzer hands it over.
inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// Ends the program, which libFuzzer reports.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Runs a reader, which may throw an Error that says something, and nothing else. True if it threw none.
bool reads(auto read) {
  try {
    read();
    return true;
  } catch (const evomlp::Error& error) {
    require(*error.what() != '\0');
    return false;
  }
}

}  // namespace evomlp_test
