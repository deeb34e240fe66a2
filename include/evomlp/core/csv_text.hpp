// SPDX-License-Identifier: MIT
// Lines of comma-separated values, as RFC 4180 has them but for the line ends, which are "\n".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp::detail {

/// One record, written field by field.
class CsvLine {
 public:
  /// In quotes where it holds a comma, a quote or a line break.
  CsvLine& add(std::string_view field) {
    if (!text_.empty()) text_ += ',';
    if (field.find_first_of(",\"\r\n") == std::string_view::npos && !(field.empty() && text_.empty())) {
      text_ += field;
      return *this;
    }
    text_ += '"';
    for (const char c : field) {
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

/// The fields of a line without its end; none if a quote is out of place.
inline std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ',') {
      fields.emplace_back();
    } else if (line[i] != '"') {
      fields.back() += line[i];
    } else {  // a field in quotes, to its end
      if (i > 0 && line[i - 1] != ',') return std::nullopt;
      for (++i;; ++i) {
        if (i >= line.size()) return std::nullopt;
        if (line[i] == '"' && (i + 1 == line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        fields.back() += line[i];
      }
      if (i + 1 < line.size() && line[i + 1] != ',') return std::nullopt;
    }
  }
  return fields;
}

}  // namespace evomlp::detail
