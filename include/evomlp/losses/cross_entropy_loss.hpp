// SPDX-License-Identifier: MIT
// CrossEntropyLoss: softmax cross-entropy on logits, with integer labels.
#pragma once

#include "evomlp/core/index_of_largest.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/kernels/softmax.hpp"
#include "evomlp/losses/loss.hpp"

#include <cmath>
#include <cstddef>
#include <span>

namespace evomlp {

/// L = mean over the rows of log Σ_j exp(z_j) − z_label; dL/dz_j = (softmax(z)_j − [j = label]) / B. The largest logit is
/// taken off first, so any finite logits do. Minus the log-likelihood of the labels. Labels in [0, C).
///
/// With `label_smoothing` ε, 0 to 1, the target is not the label alone but each class with ε/C and the label with
/// 1 − ε more: L gains ε (z_label − z̄), and the gradient ε ([j = label] − 1/C) / B. (Szegedy et al. 2016) Throws
/// TrainingError for another ε.
struct CrossEntropyLoss {
  double label_smoothing = 0;

  static constexpr bool takes_labels = true, takes_logits = true;

  double operator()(auto z, auto labels, auto dz) const {
    using T = typename decltype(z)::Scalar;
    if (!(label_smoothing >= 0 && label_smoothing <= 1))
      detail::refuse("CrossEntropyLoss", "label_smoothing", label_smoothing, "0 to 1");
    const double rows = static_cast<double>(z.rows);
    double sum = 0;
    if (label_smoothing > 0)
      for (std::size_t i = 0; i < z.rows; ++i) sum += smoothing(z.row(i), label(labels, i));
    if (dz.rows == 0) {
      for (std::size_t i = 0; i < z.rows; ++i) sum += log_sum_exp(z.row(i)) - static_cast<double>(z(i, label(labels, i)));
      return sum / rows;
    }
    const T share = static_cast<T>(1 / rows), of_label = static_cast<T>((1 - label_smoothing) / rows),
            of_each = static_cast<T>(label_smoothing / static_cast<double>(z.cols) / rows);
    kernels::softmax(z, dz, [&](std::size_t i, T largest, T total) {
      sum += static_cast<double>(std::log(total) + (largest - z(i, label(labels, i))));
    });
    kernels::each(dz, [share, of_each](auto p) { return p * share - of_each; }, dz);
    for (std::size_t i = 0; i < z.rows; ++i) dz(i, label(labels, i)) -= of_label;
    return sum / rows;
  }

  /// Share of the rows whose largest logit is the label's, the first of equals. A row with a NaN is wrong.
  static double accuracy(auto z, auto labels) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < z.rows; ++i) {
      const std::span row(&z(i, 0), z.cols);
      const std::size_t best = detail::index_of_largest(row);
      right += best == label(labels, i) && row[best] == row[best] ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(z.rows);
  }

 private:
  static std::size_t label(auto labels, std::size_t i) { return static_cast<std::size_t>(labels[i]); }

  double smoothing(auto row, std::size_t label) const {
    double mean = 0;  // divided first: logits near the scalar's largest would overflow in a sum
    for (std::size_t j = 0; j < row.cols; ++j) mean += static_cast<double>(row(0, j)) / static_cast<double>(row.cols);
    return label_smoothing * (static_cast<double>(row(0, label)) - mean);
  }

  static double log_sum_exp(auto row) {
    auto largest = row(0, 0);
    for (std::size_t j = 1; j < row.cols; ++j) largest = row(0, j) > largest ? row(0, j) : largest;
    const double sum = kernels::total([largest](auto v) { return exp(v - largest); }, row);
    return std::log(sum) + static_cast<double>(largest);
  }
};

}  // namespace evomlp
