// SPDX-License-Identifier: MIT
// What the scalers share: a shift and a scale for each feature, found in fit.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/data/dataset.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// y = (x - offset) / scale, feature by feature, computed in double. Weights and targets are left as they are. The Scaler
/// made of it has `find(column, rows, offset, scale)`: the two numbers of one feature, column(i) its value in sample i.
template <class Scaler>
class ColumnScaling {
 public:
  explicit ColumnScaling(const char* name) : name_(name) {}

  /// Throws DataError, and changes nothing, for no samples, no features, NaN, infinity, numbers whose sums overflow.
  template <class T>
  void fit(const Tensor<T>& x) {
    const std::string where = concat({name_, "::fit"});
    const std::size_t rows = x.shape()[0], columns = x.shape()[1];
    if (rows == 0 || columns == 0) {
      throw DataError(
          concat({where, ": got ", rows, " samples of ", columns, " features, expected at least one of each"}));
    }
    require_finite(x, where, "x");
    std::vector<double> offsets(columns), scales(columns);
    for (std::size_t column = 0; column < columns; ++column) {
      static_cast<const Scaler&>(*this).find([&](std::size_t row) { return static_cast<double>(x(row, column)); }, rows,
                                             offsets[column], scales[column]);
      if (!portable::is_finite(offsets[column]) || !portable::is_finite(scales[column])) {
        throw DataError(
            concat({where, ": the numbers of feature ", column, " (counted from 0) are too large to be scaled"}));
      }
    }
    offset_ = std::move(offsets);
    scale_ = std::move(scales);
  }
  template <class T, class Target>
  void fit(const Dataset<T, Target>& dataset) {
    fit(dataset.x);
  }

  /// fit, then transform.
  template <class Data>
  Data fit_transform(const Data& data) {
    fit(data);
    return transform(data);
  }

  /// Number of features; 0 before fit.
  std::size_t features() const { return offset_.size(); }

  /// What is subtracted from each feature, and what it is then divided by: (x - offset) / scale. Empty before fit.
  const std::vector<double>& offset() const { return offset_; }
  const std::vector<double>& scale() const { return scale_; }

  /// The scaled samples, as a new tensor. Throws DataError before fit, ShapeError for another number of features.
  template <class T>
  Tensor<T> transform(const Tensor<T>& x) const {
    return each_value(x, "transform",
                      [](double value, double offset, double scale) { return (value - offset) / scale; });
  }

  /// The samples whose transform is x. Throws what transform throws.
  template <class T>
  Tensor<T> inverse_transform(const Tensor<T>& x) const {
    return each_value(x, "inverse_transform",
                      [](double value, double offset, double scale) { return value * scale + offset; });
  }

  /// The same for the x of a dataset, whose y and weights are copied.
  template <class T, class Target>
  Dataset<T, Target> transform(const Dataset<T, Target>& dataset) const {
    return {transform(dataset.x), dataset.y, dataset.weights};
  }
  template <class T, class Target>
  Dataset<T, Target> inverse_transform(const Dataset<T, Target>& dataset) const {
    return {inverse_transform(dataset.x), dataset.y, dataset.weights};
  }

 protected:
  void remember_scaling(auto& memory) {
    memory("offset", offset_);
    memory("scale", scale_);
    memory.require(offset_.size() == scale_.size(), "scale", "as long as offset");
  }

  std::vector<double> offset_, scale_;

 private:
  template <class T, class Formula>
  Tensor<T> each_value(const Tensor<T>& x, const char* function, Formula formula) const {
    const std::string where = concat({name_, "::", function});
    if (features() == 0) throw DataError(where + ": call fit first");
    const std::size_t rows = x.shape()[0], columns = x.shape()[1];
    if (columns != features()) {
      throw ShapeError(concat({where, ": got ", columns, " features, expected ", features(), " as in fit"}));
    }
    auto result = make_matrix<T>(rows, columns);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const auto value = static_cast<double>(x(row, column));
        result(row, column) = static_cast<T>(formula(value, offset_[column], scale_[column]));
      }
    }
    return result;
  }

  const char* name_;
};

}  // namespace evomlp::detail
