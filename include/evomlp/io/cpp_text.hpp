// SPDX-License-Identifier: MIT
// Numbers, text and types as they are written in C++, for generated code.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace evomlp::detail {

/// The literal of exactly this T: "0.1f" or "0.1". For finite numbers.
template <std::floating_point T>
std::string cpp_literal(T value) {
  std::string text = number_text<T>(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return std::is_same_v<T, float> ? text + "f" : text;
}

/// The literal of these bytes, in ASCII, so that it doesn't depend on how the compiler reads its source.
inline std::string cpp_quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code >= 0x7F) {
      text += '\\';
      for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((code >> shift) & 7));
    } else {
      if (c == '"' || c == '\\' || c == '?') text += '\\';  // ? because of trigraphs
      text += c;
    }
  }
  return text + "\"";
}

/// The literals of a list with a comma after each, in lines.
template <class T>
std::string cpp_lines(std::span<const T> values) {
  std::string text, line = "   ";
  for (const T value : values) {
    const std::string next = std::string(" ").append(cpp_literal(value)).append(",");
    if (line.size() + next.size() > 120) text += line + "\n", line = "   ";
    line += next;
  }
  return concat({text, line, "\n"});
}

/// A type in lines, broken after commas.
inline std::string cpp_lines(std::string_view type) {
  std::string text, line = "   ";
  while (!type.empty()) {
    const std::size_t end = (std::min)(type.find(", "), type.size() - 1) + 1;
    if (line.size() + end > 118) text += line + "\n", line = "   ";
    line.append(" ").append(type.substr(0, end));
    type.remove_prefix((std::min)(end + 1, type.size()));
  }
  return text + line;
}

}  // namespace evomlp::detail
