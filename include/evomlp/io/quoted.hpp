// SPDX-License-Identifier: MIT
// Texts in quotes, for JSON and for messages.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// Appends a text as a JSON string, quotes included.
inline void append_json_string(std::string& to, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (code < 0x20) {
      to += "\\u00";
      to += hex[code >> 4];
      to += hex[code & 15];
    } else {
      to += c;
    }
  }
  to += '"';
}

/// A key in a message: quoted, and cut where it is absurdly long.
inline std::string in_quotes(std::string_view key) {
  constexpr std::size_t longest = 200;
  std::string text;
  append_json_string(text, key.substr(0, longest));
  return key.size() > longest ? text + "..." : text;
}

}  // namespace evomlp::detail
