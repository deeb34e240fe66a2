// SPDX-License-Identifier: MIT
// Whether bytes are text in UTF-8.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evomlp::detail {

/// No stray or missing continuation bytes, no overlong forms, no surrogates, nothing beyond U+10FFFF (RFC 3629).
inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const std::size_t rest = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    constexpr std::uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < rest) return false;
    std::uint32_t code = lead & (0x3Fu >> rest);
    for (std::size_t k = 0; k < rest; ++k) {
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    if (code < smallest[rest] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  }
  return true;
}

}  // namespace evomlp::detail
