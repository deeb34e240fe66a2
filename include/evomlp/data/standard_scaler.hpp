// SPDX-License-Identifier: MIT
// Features brought to mean 0 and standard deviation 1.
#pragma once

#include "evomlp/data/column_scaling.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace evomlp {

/// (x - mean) / standard deviation, feature by feature, with the mean and the population's standard deviation (divided
/// by n) of the data that fit saw; scikit-learn's StandardScaler. A feature that is constant, up to rounding, is only
/// shifted. Fit it on the training part alone:
///     StandardScaler scaler;
///     const auto train = scaler.fit_transform(raw_train), test = scaler.transform(raw_test);
class StandardScaler : public detail::ColumnScaling {
 public:
  StandardScaler() : ColumnScaling("StandardScaler") {}

  /// Throws DataError for no samples, no features, NaN or infinity.
  template <class T>
  void fit(const Tensor<T>& x) {
    const auto n = x.shape()[0];
    fit_columns(x, [n](auto column, double& mean, double& scale) {
      const auto count = static_cast<double>(n);
      double sum = 0, squares = 0, rest = 0;
      for (std::size_t i = 0; i < n; ++i) sum += column(i);
      mean = sum / count;
      for (std::size_t i = 0; i < n; ++i) {
        const double difference = column(i) - mean;
        squares += difference * difference;
        rest += difference;
      }
      // The second sum takes the mean's own rounding off: Chan, Golub, LeVeque 1983.
      const double variance = (squares - rest * rest / count) / count;
      const double rounding = std::numeric_limits<double>::epsilon();
      const double of_the_mean = count * mean * rounding;
      const bool constant = variance <= count * rounding * variance + of_the_mean * of_the_mean;
      scale = constant ? 1 : std::sqrt(variance);
    });
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

  const std::vector<double>& mean() const { return offset_; }

  /// What the features are divided by: the standard deviation, or 1 for a constant.
  const std::vector<double>& scale() const { return scale_; }

  void remember(auto& memory) { remember_scaling(memory); }
};

}  // namespace evomlp
