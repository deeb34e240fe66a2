// SPDX-License-Identifier: MIT
// Features brought into a range.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/data/column_scaling.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace evomlp {

struct MinMax {
  double min = 0, max = 1;  ///< where the smallest and the largest value of each feature go
};

/// Shifts and scales each feature so that its smallest and largest value in the data that fit saw become `min` and
/// `max`; scikit-learn's MinMaxScaler. Other data may lie outside. A feature that is constant becomes `min`.
class MinMaxScaler : public detail::ColumnScaling<MinMaxScaler> {
 public:
  /// Throws DataError unless min < max and their distance is finite.
  explicit MinMaxScaler(const MinMax& range = {}) : detail::ColumnScaling<MinMaxScaler>("MinMaxScaler"), range_(range) {
    if (!portable::is_finite(range.max - range.min) || range.min >= range.max) {
      throw DataError(detail::concat(
          {"MinMaxScaler: the range is ", range.min, " to ", range.max, ", expected min < max and a finite width"}));
    }
  }

  void remember(auto& memory) {
    memory("min", range_.min);
    memory("max", range_.max);
    remember_scaling(memory);
  }

 private:
  friend detail::ColumnScaling<MinMaxScaler>;

  void find(auto column, std::size_t rows, double& offset, double& scale) const {
    double smallest = column(0), largest = column(0);
    for (std::size_t i = 1; i < rows; ++i) {
      smallest = (std::min)(smallest, column(i));
      largest = (std::max)(largest, column(i));
    }
    const double width = largest - smallest;
    const bool constant = width < 10 * std::numeric_limits<double>::epsilon();
    scale = (constant ? 1 : width) / (range_.max - range_.min);
    offset = smallest - range_.min * scale;
  }

  MinMax range_;
};

}  // namespace evomlp
