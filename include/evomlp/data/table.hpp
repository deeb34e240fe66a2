// SPDX-License-Identifier: MIT
// A table of text with named columns: what read_csv returns and TableEncoder turns into numbers.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/classes.hpp"
#include "evomlp/data/k_fold.hpp"
#include "evomlp/data/train_test_split.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// The first column with the name of an earlier one, and that one; past the last where all names differ.
template <class = WhereCalled>
std::pair<std::size_t, std::size_t> first_repeated(const std::vector<std::string>& names) {
  std::map<std::string_view, std::size_t> columns;  // a comparison of all with all would take hours for a long line
  for (std::size_t column = 0; column < names.size(); ++column)
    if (const auto [other, is_new] = columns.emplace(names[column], column); !is_new) return {column, other->second};
  return {names.size(), names.size()};
}

}  // namespace detail

/// Rows of cells, which are text. Cells are views of one text that all copies and parts of a table share; a copy costs
/// 16 bytes a cell.
class Table {
 public:
  /// Cells of one's own, row by row: Table({"town", "rooms"}, {{"Ulm", "3"}}). An empty one is missing. Messages count rows
  /// as lines. Throws DataError for two columns of one name and for a row of another length.
  template <class = detail::WhereCalled>
  Table(std::vector<std::string> names, std::vector<std::vector<std::string>> rows, std::string source = "Table")
      : source_(std::move(source)), names_(std::move(names)) {
    if (const auto [column, first] = detail::first_repeated(names_); column < names_.size())
      throw DataError(detail::concat(
          {source_, ": column ", column + 1, " has the name \"", names_[column], "\" of column ", first + 1}));
    const auto text = std::make_shared<const std::vector<std::vector<std::string>>>(std::move(rows));
    for (const std::vector<std::string>& row : *text) {
      lines_.push_back(lines_.size() + 1);
      if (row.size() != columns())
        throw DataError(
            detail::concat({source_, ": line ", lines_.back(), ": got ", row.size(), " cells, expected ", columns()}));
      cells_.insert(cells_.end(), row.begin(), row.end());
    }
    text_ = text;
  }

  /// For readers: `cells` are views of what `text` owns, row by row; `lines` says in which line of `source` (a file's
  /// name, for messages) each row begins.
  Table(std::string source, std::vector<std::string> names, std::shared_ptr<const void> text,
        std::vector<std::string_view> cells, std::vector<std::size_t> lines)
      : source_(std::move(source)),
        names_(std::move(names)),
        text_(std::move(text)),
        cells_(std::move(cells)),
        lines_(std::move(lines)) {}

  std::size_t rows() const { return lines_.size(); }
  std::size_t columns() const { return names_.size(); }

  /// The columns' names, in order.
  const std::vector<std::string>& names() const { return names_; }

  /// The number of the column of that name, from 0. Throws DataError that lists the columns there are.
  std::size_t column(std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
    std::string known;
    for (const std::string& other : names_) known += detail::concat({known.empty() ? "\"" : ", \"", other, "\""});
    throw DataError(detail::concat({source_, ": has no column \"", name, "\"; it has ", known}));
  }

  /// The text of a cell; rows and columns count from 0 and must exist.
  std::string_view cell(std::size_t row, std::size_t column) const { return cells_[row * columns() + column]; }

  /// The text in the column of that name. Throws DataError if there is none, or no such row.
  std::string_view cell(std::size_t row, std::string_view name) const {
    detail::require_row(row, rows(), "Table::cell");
    return cell(row, column(name));
  }

  /// A cell's place for messages: `adult.csv: line 7, column 3 ("age")`, both counted from 1.
  std::string where(std::size_t row, std::size_t column) const {
    return detail::concat({source_, ": line ", lines_[row], ", column ", column + 1, " (\"", names_[column], "\")"});
  }

  /// Where the table comes from: a file's name.
  const std::string& source() const { return source_; }

  /// The named rows, in the order named. Throws DataError if one doesn't exist.
  template <class = detail::WhereCalled>
  friend Table take_rows(const Table& table, std::span<const std::size_t> rows) {
    std::vector<std::string_view> cells;
    std::vector<std::size_t> lines;
    cells.reserve(rows.size() * table.columns());
    lines.reserve(rows.size());
    for (const std::size_t row : rows) {
      detail::require_row(row, table.rows(), "take_rows");
      for (std::size_t column = 0; column < table.columns(); ++column) cells.push_back(table.cell(row, column));
      lines.push_back(table.lines_[row]);
    }
    return {table.source_, table.names_, table.text_, std::move(cells), std::move(lines)};
  }

 private:
  std::string source_;
  std::vector<std::string> names_;
  std::shared_ptr<const void> text_;
  std::vector<std::string_view> cells_;
  std::vector<std::size_t> lines_;
};

struct TableSplit {
  double test_size = 0.25;    ///< below 1 a fraction of the rows, rounded up; from 1 on a number of rows
  std::string stratify = {};  ///< a column whose values keep their proportions in both parts; empty: none
  std::uint64_t seed = 0;     ///< of the division and of the order inside both parts
};

struct TableFolds {
  int folds = 5;              ///< how many parts the rows are divided into
  std::string stratify = {};  ///< a column whose values keep their proportions in every fold; empty: none
  bool shuffle = false;       ///< divide at random; false: in the order of the table
  std::uint64_t seed = 0;     ///< of the shuffle
};

namespace detail {

/// The classes by which a table is divided; none for an empty name.
template <class = WhereCalled>
Classes classes_of(const Table& table, const std::string& name) {
  if (name.empty()) return {};
  const std::size_t column = table.column(name);
  std::vector<std::string_view> values;
  for (std::size_t row = 0; row < table.rows(); ++row) values.push_back(table.cell(row, column));
  return number_classes(std::span<const std::string_view>(values));
}

}  // namespace detail

/// Divides a table's rows like those of a dataset, before anything is learned from them: what an encoder is fitted on
/// must not know the test part. Throws DataError as for a dataset, and if there is no column to stratify by.
template <class = detail::WhereCalled>
DatasetSplit<Table> train_test_split(const Table& table, const TableSplit& options = {}) {
  const std::size_t count = detail::test_count(options.test_size, table.rows());
  const detail::Classes classes = detail::classes_of(table, options.stratify);
  const auto order =
      detail::split_order(table.rows(), count, options.stratify.empty() ? nullptr : &classes, options.seed);
  return detail::split_at(table, order, count);
}

/// Divides a table's rows into folds like those of a dataset. Throws DataError as for a dataset, and if there is no
/// column to stratify by.
template <class = detail::WhereCalled>
std::vector<DatasetSplit<Table>> k_fold(const Table& table, const TableFolds& options = {}) {
  const detail::Classes classes = detail::classes_of(table, options.stratify);
  const KFold folds{options.folds, !options.stratify.empty(), options.shuffle, options.seed};
  return detail::take_folds(table, detail::k_fold_rows(table.rows(), folds, folds.stratify ? &classes : nullptr));
}

}  // namespace evomlp
