// SPDX-License-Identifier: MIT
// R2: the share of the targets' variance that is explained.
#pragma once

#include "evomlp/metrics/metric.hpp"

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace evomlp {

/// Coefficient of determination R² = 1 − Σ (y − t)² / Σ (t − t̄)²: 1 is perfect, 0 as good as the mean. With several
/// outputs the mean of theirs (scikit-learn's "uniform_average"). An output whose targets are all equal counts 1 if
/// it is met exactly, else 0, as there; so does one of a single row.
struct R2 {
  static constexpr std::string_view name = "r2";
  static constexpr bool larger_is_better = true, takes_labels = false;

  /// Sums of one output; the mean and the squares around it by Welford's update, which doesn't cancel.
  struct Output {
    double residual = 0, mean = 0, around_mean = 0;
  };
  std::vector<Output> outputs{};
  double rows = 0;

  void add(auto y, auto target) {
    outputs.resize(y.cols);
    for (std::size_t i = 0; i < y.rows; ++i) {
      ++rows;
      for (std::size_t j = 0; j < y.cols; ++j) {
        const double t = static_cast<double>(target(i, j)), error = static_cast<double>(y(i, j)) - t;
        Output& o = outputs[j];
        o.residual += error * error;
        const double off = t - o.mean;
        o.mean += off / rows;
        o.around_mean += off * (t - o.mean);
      }
    }
  }
  /// Means, and squares around them, of several parts put together. (Chan, Golub and LeVeque 1983)
  void reduce(auto over_all) {
    std::vector<double> sums(outputs.size()), residuals(sums), squares(sums);
    for (std::size_t j = 0; j < outputs.size(); ++j) {
      sums[j] = rows * outputs[j].mean;
      residuals[j] = outputs[j].residual;
    }
    double all_rows = rows;
    over_all(all_rows, sums, residuals);
    for (std::size_t j = 0; j < outputs.size(); ++j) {
      double off = outputs[j].mean - sums[j] / all_rows;
      // Rounding alone makes equal means differ, which is no variance.
      if (std::abs(off) <= 1e-14 * std::abs(outputs[j].mean)) off = 0;
      squares[j] = outputs[j].around_mean + rows * off * off;
    }
    over_all(squares);
    rows = all_rows;
    for (std::size_t j = 0; j < outputs.size(); ++j) outputs[j] = {residuals[j], sums[j] / all_rows, squares[j]};
  }
  double value() const {
    double sum = 0;
    for (const Output& o : outputs)
      if (o.around_mean > 0)
        sum += 1 - o.residual / o.around_mean;
      else
        sum += o.residual == 0 ? 1 : 0 * o.residual;  // a NaN stays one
    return sum / static_cast<double>(outputs.size());
  }
};

}  // namespace evomlp
