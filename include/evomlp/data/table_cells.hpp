// SPDX-License-Identifier: MIT
// Cells of a table as numbers, categories or nothing.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/parse_number.hpp"
#include "evomlp/data/table.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// What becomes of a number that is missing: an error, its row left out, or the mean or median of its column.
enum class Missing { error, drop_row, mean, median };

/// The cells that mean "missing" unless told otherwise.
inline std::vector<std::string> missing_cells() {
  return {"", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null"};
}

namespace detail {

/// A cell's text for messages, shortened at a character's beginning.
inline std::string quoted_cell(std::string_view text) {
  std::size_t length = (std::min)(text.size(), std::size_t{40});
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return concat({"\"", text.substr(0, length), length < text.size() ? "...\"" : "\""});
}

/// A table and which of its cells count as missing.
class TableCells {
 public:
  TableCells(const Table& table, const std::vector<std::string>& na) : table_(table), na_(na) {}

  const Table& table() const { return table_; }

  bool is_missing(std::size_t row, std::size_t column) const {
    return std::find(na_.begin(), na_.end(), table_.cell(row, column)) != na_.end();
  }

  /// Empty for a missing cell. Throws DataError that names the cell for what is neither missing nor a number.
  std::optional<double> number(std::size_t row, std::size_t column) const {
    const std::string_view cell = table_.cell(row, column);
    double value = 0;
    const NumberFault fault = parse_number(cell, value);
    if (is_missing(row, column)) return std::nullopt;
    if (fault == NumberFault::none) return value;
    if (fault == NumberFault::out_of_range) fail(row, column, "expected a number that double can hold");
    fail(row, column, "expected a number, or a cell that means missing (.na)");
  }

  /// Whether every cell that isn't missing is a number.
  bool is_numeric(std::size_t column) const { return count(column).texts == 0; }

  /// The same, but where nearly all are numbers, the first that isn't is taken for a mistake: a DataError that names it.
  bool require_numeric_or_text(std::size_t column) const {
    const Count cells = count(column);
    if (cells.texts > 0 && cells.numbers >= 10 * cells.texts)
      fail(cells.first_text, column,
           concat({"expected a number, as in ", cells.numbers,
                   " other cells of the column: if it means missing, add it to .na; else name the column in "
                   ".categorical"}));
    return cells.texts == 0;
  }

  /// What stands for a missing number of the column: the others' median, else their mean.
  template <class = WhereCalled>
  double mean_or_median(std::size_t column, Missing missing) const {
    std::vector<double> values;
    for (std::size_t row = 0; row < table_.rows(); ++row) {
      if (const auto value = number(row, column)) values.push_back(*value);
    }
    if (values.empty()) {
      throw DataError(concat({table_.source(), ": column \"", table_.names()[column], "\" holds no number"}));
    }
    if (missing == Missing::median) {
      std::sort(values.begin(), values.end());
      const std::size_t half = values.size() / 2;
      return values.size() % 2 != 0 ? values[half] : values[half - 1] / 2 + values[half] / 2;
    }
    double mean = 0;
    for (std::size_t i = 0; i < values.size(); ++i) mean += (values[i] - mean) / static_cast<double>(i + 1);
    return mean;
  }

  /// The category in a cell; all missing cells are the category "".
  std::string_view category(std::size_t row, std::size_t column) const {
    return is_missing(row, column) ? std::string_view() : table_.cell(row, column);
  }

  /// The categories of a column, sorted.
  template <class = WhereCalled>
  std::vector<std::string> categories(std::size_t column) const {
    std::vector<std::string_view> views;
    for (std::size_t row = 0; row < table_.rows(); ++row) views.push_back(category(row, column));
    std::sort(views.begin(), views.end());
    views.erase(std::unique(views.begin(), views.end()), views.end());
    return {views.begin(), views.end()};
  }

  /// The rows in which none of the columns is missing.
  template <class = WhereCalled>
  std::vector<std::size_t> complete_rows(std::span<const std::size_t> columns) const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table_.rows(); ++row) {
      if (std::none_of(columns.begin(), columns.end(), [&](std::size_t column) { return is_missing(row, column); }))
        rows.push_back(row);
    }
    return rows;
  }

  /// `value`, read from this cell, as a T. Throws DataError if T can't hold it.
  template <class T>
  T narrow(double value, std::size_t row, std::size_t column) const {
    constexpr auto largest = static_cast<double>((std::numeric_limits<T>::max)());
    if (value > largest || value < -largest) fail(row, column, "expected a number that float can hold");
    return static_cast<T>(value);
  }

  [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& message) const {
    throw DataError(
        concat({table_.where(row, column), ": got ", quoted_cell(table_.cell(row, column)), ", ", message}));
  }

 private:
  /// Of a column's cells that aren't missing.
  struct Count {
    std::size_t numbers = 0, texts = 0, first_text = 0;
  };
  Count count(std::size_t column) const {
    Count result;
    double value = 0;
    for (std::size_t row = 0; row < table_.rows(); ++row) {
      if (is_missing(row, column)) continue;
      if (parse_number(table_.cell(row, column), value) != NumberFault::not_a_number) {
        ++result.numbers;
      } else if (result.texts++ == 0) {
        result.first_text = row;
      }
    }
    return result;
  }

  const Table& table_;
  const std::vector<std::string>& na_;
};

}  // namespace detail
}  // namespace evomlp
