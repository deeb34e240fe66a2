// SPDX-License-Identifier: MIT
// Numbers over a rectangle, for maps and contours.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace lab {

/// Values at the nodes of a grid, row by row: x runs fastest, from first to last; a single node is at the first.
struct Grid {
  std::pair<double, double> x, y;
  std::size_t columns, rows;
  std::vector<double> values;

  /// f(x, y) at each node.
  template <class F>
  static Grid of(std::pair<double, double> x, std::pair<double, double> y, std::size_t columns, std::size_t rows,
                 const F& f) {
    Grid grid{x, y, columns, rows, {}};
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < columns; ++column)
        grid.values.push_back(f(grid.x_at(column), grid.y_at(row)));
    return grid;
  }
  double x_at(std::size_t column) const { return at(x, column, columns); }
  double y_at(std::size_t row) const { return at(y, row, rows); }

 private:
  static double at(std::pair<double, double> range, std::size_t i, std::size_t count) {
    if (count < 2) return range.first;
    return range.first + (range.second - range.first) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
};

}  // namespace lab
