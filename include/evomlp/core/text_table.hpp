// SPDX-License-Identifier: MIT
// A table to be read by people: columns of text, padded to one width. Or, of the same cells, by programs: CSV.
#pragma once

#include "evomlp/core/csv_line.hpp"
#include "evomlp/core/where_called.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// Columns of text, padded to one width; `csv` has the same cells for programs.
class TextTable {
 public:
  using Row = std::vector<std::string>;

  /// `names` of the columns, of which the first `left` are aligned to the left (names), the others to the right (numbers).
  TextTable(Row names, std::size_t left) : rows_{std::move(names)}, left_(left) {}

  /// As many cells as there are columns.
  void add(Row cells) { rows_.push_back(std::move(cells)); }

  template <class = detail::WhereCalled>
  std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const Row& row : rows_)
      for (std::size_t c = 0; c < row.size(); ++c) widths[c] = (std::max)(widths[c], characters(row[c]));
    std::string text;
    for (const Row& row : rows_) {
      std::string line;
      for (std::size_t c = 0; c < row.size(); ++c) {
        const std::string padding(widths[c] - characters(row[c]), ' ');
        line += (c > 0 ? "  " : "") + (c < left_ ? row[c] + padding : padding + row[c]);
      }
      text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
  }

  /// Every row, the names too, as a line of CSV.
  template <class = detail::WhereCalled>
  std::string csv() const {
    std::string text;
    for (const Row& row : rows_) {
      detail::CsvLine line;
      for (const std::string& cell : row) line.add(cell);
      text += line.text();
    }
    return text;
  }

 private:
  /// Of a UTF-8 text: the bytes that continue none.
  static std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  std::vector<Row> rows_;
  std::size_t left_;
};

}  // namespace evomlp
