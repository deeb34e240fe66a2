// SPDX-License-Identifier: MIT
// A line of comma-separated values to be written: RFC 4180, but that it ends with "\n".
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <string>
#include <string_view>

namespace evomlp::detail {

class CsvLine {
 public:
  /// The next cell, in quotes where it holds a comma, a quote or a line break.
  CsvLine& add(std::string_view cell) {
    if (!text_.empty()) text_ += ',';
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos && !(cell.empty() && text_.empty())) {
      text_ += cell;
      return *this;
    }
    text_ += '"';
    for (const char c : cell) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
    return *this;
  }

  /// With its line end.
  std::string text() const { return text_ + "\n"; }

 private:
  std::string text_;
};

}  // namespace evomlp::detail
