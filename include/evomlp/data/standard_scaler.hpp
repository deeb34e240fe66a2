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
/// shifted: its scale() is 1. Fit it on the training part alone:
///     StandardScaler scaler;
///     const auto train = scaler.fit_transform(raw_train), test = scaler.transform(raw_test);
class StandardScaler : public detail::ColumnScaling<StandardScaler> {
 public:
  StandardScaler() : detail::ColumnScaling<StandardScaler>("StandardScaler") {}

  const std::vector<double>& mean() const { return offset_; }

  void remember(auto& memory) { remember_scaling(memory); }

 private:
  friend detail::ColumnScaling<StandardScaler>;

  static void find(auto column, std::size_t rows, double& mean, double& scale) {
    const auto count = static_cast<double>(rows);
    double sum = 0, squares = 0, rest = 0;
    for (std::size_t i = 0; i < rows; ++i) sum += column(i);
    mean = sum / count;
    for (std::size_t i = 0; i < rows; ++i) {
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
  }
};

}  // namespace evomlp
