// SPDX-License-Identifier: MIT
// The target column of a table: numbers, two classes as 0 and 1, or class labels.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/table_cells.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// By number if all names are numbers, so that "10" follows "9"; else by their characters.
template <class = WhereCalled>
void sort_classes(std::vector<std::string>& names) {
  std::vector<std::pair<double, std::string>> numbered;
  for (const std::string& name : names) {
    double value = 0;
    if (parse_number(name, value) != NumberFault::none) return std::sort(names.begin(), names.end());
    numbered.emplace_back(value, name);
  }
  std::sort(numbered.begin(), numbered.end());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = numbered[i].second;
}

/// What fit learns of the target. `classes` stays empty for numbers.
template <class T, class Target>
class TableTarget {
 public:
  using Data = Dataset<T, Target>;

  const std::vector<std::string>& classes() const { return classes_; }

  void fit(const TableCells& cells, std::size_t column) {
    classes_.clear();
    require_present(cells, column);
    if (!Data::has_labels && cells.is_numeric(column)) return;
    classes_ = cells.categories(column);
    sort_classes(classes_);
    if (Data::has_labels || classes_.size() == 2) return;
    for (std::size_t row = 0; row < cells.table().rows(); ++row) cells.number(row, column);  // names the first text
  }

  typename Data::Targets transform(const TableCells& cells, std::size_t column) const {
    require_present(cells, column);
    const std::size_t rows = cells.table().rows();
    if constexpr (Data::has_labels) {
      Labels labels = make_labels(rows);
      for (std::size_t row = 0; row < rows; ++row) labels(row) = static_cast<std::int32_t>(label(cells, row, column));
      return labels;
    } else {
      auto y = make_matrix<T>(rows, 1);
      for (std::size_t row = 0; row < rows; ++row) {
        y(row, 0) = classes_.empty() ? cells.template narrow<T>(*cells.number(row, column), row, column)
                                     : static_cast<T>(label(cells, row, column));
      }
      return y;
    }
  }

  void remember(auto& memory) { memory("classes", classes_); }

 private:
  static void require_present(const TableCells& cells, std::size_t column) {
    for (std::size_t row = 0; row < cells.table().rows(); ++row) {
      if (cells.is_missing(row, column)) {
        cells.fail(row, column, "expected a target (Missing::drop_row leaves such rows out)");
      }
    }
  }

  std::size_t label(const TableCells& cells, std::size_t row, std::size_t column) const {
    const auto found = std::find(classes_.begin(), classes_.end(), cells.table().cell(row, column));
    if (found == classes_.end()) cells.fail(row, column, "expected one of the classes that fit saw");
    return static_cast<std::size_t>(found - classes_.begin());
  }

  std::vector<std::string> classes_;
};

}  // namespace evomlp::detail
