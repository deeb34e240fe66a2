// SPDX-License-Identifier: MIT
// Samples and targets in memory: the DataSource that every generator and reader returns.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/require_samples.hpp"
#include "evomlp/core/tensor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace evomlp {

/// Rows are samples. `Dataset<float>` holds y as a (n, outputs) matrix of float, for MSELoss and BCEWithLogitsLoss;
/// `Dataset<float, Labels>` holds y as n class labels (std::int32_t), for CrossEntropyLoss. `weights`, if there are
/// any, say how much each sample counts.
template <class T, class Target = T>
struct Dataset {
  static constexpr bool has_labels = std::is_same_v<Target, Labels> || std::is_same_v<Target, std::int32_t>;
  using value_type = T;
  using target_type = std::conditional_t<has_labels, std::int32_t, T>;
  using Targets = std::conditional_t<has_labels, Labels, Tensor<T>>;
  using Weights = detail::RowMajor<T, 1>;

  Tensor<T> x;
  Targets y;
  Weights weights = {};  ///< one for each sample, 0 or more; empty: all count the same

  /// Number of samples.
  std::size_t size() const { return x.shape()[0]; }

  /// Number of input features of one sample.
  std::size_t features() const { return x.shape()[1]; }

  /// Number of targets of one sample: the columns of y, 1 for labels.
  std::size_t outputs() const {
    if constexpr (has_labels) {
      return 1;
    } else {
      return y.shape()[1];
    }
  }

  /// Copies the named rows, in the order named, into the caller's memory: rows.size() x features() values at `x_rows`,
  /// rows.size() x outputs() targets at `y_rows`, row-major. Allocates nothing. Throws DataError if a row doesn't exist
  /// or x and y have different numbers of rows.
  void gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const;

  /// Whether the samples have weights of their own.
  bool has_weights() const { return weights.size() != 0; }

  /// Copies the weights of the named rows, in the order named, to `row_weights`; ones where there are no weights.
  /// Throws DataError if a row doesn't exist or there are weights, but not one for each sample.
  void gather_weights(std::span<const std::size_t> rows, T* row_weights) const;
};

namespace detail {

inline void throw_row_mismatch(std::string_view what, std::size_t x_rows, std::size_t y_rows) {
  throw DataError(
      concat({what, ": x has ", x_rows, " rows and y has ", y_rows, ", expected one target row per sample"}));
}

inline void require_not_empty(std::size_t samples, std::size_t features, std::size_t targets, std::string_view what) {
  if (samples == 0 || features == 0 || targets == 0) {
    throw DataError(concat({what, ": is empty, got ", samples, " samples of ", features, " features and ", targets,
                            " targets, expected at least one of each"}));
  }
}

/// Throws DataError unless there is at least one sample, one feature and one target, and x and y have equally many
/// rows.
template <class T, class Target>
void require_shapes(const Dataset<T, Target>& dataset, std::string_view what) {
  const std::size_t rows = dataset.size(), target_rows = dataset.y.shape()[0];
  if (rows != target_rows) throw_row_mismatch(what, rows, target_rows);
  require_not_empty(rows, dataset.features(), dataset.outputs(), what);
}

inline void require_row(std::size_t row, std::size_t samples, const char* where) {
  if (row >= samples) {
    throw DataError(concat(
        {where, ": got row ", row, " (counted from 0), expected less than ", samples, ", the number of samples"}));
  }
}

inline void require_weight_count(std::string_view what, std::size_t rows, std::size_t weights) {
  if (weights == rows) return;
  throw DataError(concat(
      {what, ": x has ", rows, " rows and there are ", weights, " weights, expected one for each sample, or none"}));
}

/// Throws DataError unless the weights are one for each sample, finite, 0 or more, and not all 0.
template <class T, class Target>
void require_weights(const Dataset<T, Target>& dataset, std::string_view what) {
  const std::span<const T> weights(dataset.weights.data(), dataset.weights.size());
  require_weight_count(what, dataset.size(), weights.size());
  require_weights(weights, what);
  if (std::all_of(weights.begin(), weights.end(), [](T weight) { return weight == 0; }))
    throw DataError(concat({what, ": all weights are 0, expected at least one above"}));
}

/// Throws DataError naming the first element of a (rows, columns) matrix that is not as expected.
template <class T>
void require_elements(const Tensor<T>& matrix, std::string_view what, const char* name, auto is_as_expected,
                      std::string_view expected) {
  const T* const begin = matrix.data();
  const T* const end = begin + matrix.size();
  const T* const bad = std::find_if_not(begin, end, is_as_expected);
  if (bad == end) return;
  const auto index = static_cast<std::size_t>(bad - begin);
  const std::size_t columns = matrix.shape()[1];
  throw DataError(concat({what, ": ", name, " is ", *bad, " in row ", index / columns, ", column ", index % columns,
                          " (counted from 0), expected ", expected}));
}

template <class T>
void require_finite(const Tensor<T>& matrix, std::string_view what, const char* name) {
  require_elements(matrix, what, name, [](T value) { return portable::is_finite(value); }, "finite numbers");
}

}  // namespace detail

template <class T, class Target>
void Dataset<T, Target>::gather(std::span<const std::size_t> rows, T* x_rows, target_type* y_rows) const {
  const std::size_t samples = size(), width = features(), targets = outputs();
  if (y.shape()[0] != samples) detail::throw_row_mismatch("Dataset::gather", samples, y.shape()[0]);
  for (const std::size_t row : rows) {
    detail::require_row(row, samples, "Dataset::gather");
    x_rows = std::copy_n(x.data() + row * width, width, x_rows);
    y_rows = std::copy_n(y.data() + row * targets, targets, y_rows);
  }
}

template <class T, class Target>
void Dataset<T, Target>::gather_weights(std::span<const std::size_t> rows, T* row_weights) const {
  if (has_weights()) detail::require_weight_count("Dataset::gather_weights", size(), weights.size());
  for (const std::size_t row : rows) {
    detail::require_row(row, size(), "Dataset::gather_weights");
    *row_weights++ = has_weights() ? weights.data()[row] : T{1};
  }
}

/// The named rows, in the order named, as a dataset of their own; their weights, if there are any, go with them. Throws
/// what gather throws.
template <class T, class Target>
Dataset<T, Target> take_rows(const Dataset<T, Target>& dataset, std::span<const std::size_t> rows) {
  Dataset<T, Target> part{make_matrix<T>(rows.size(), dataset.features()), {}};
  if constexpr (Dataset<T, Target>::has_labels) {
    part.y = make_labels(rows.size());
  } else {
    part.y = make_matrix<T>(rows.size(), dataset.outputs());
  }
  dataset.gather(rows, part.x.data(), part.y.data());
  if (dataset.has_weights()) {
    part.weights = Dataset<T, Target>::Weights::from_shape({rows.size()});
    dataset.gather_weights(rows, part.weights.data());
  }
  return part;
}

/// Throws DataError if the data can't be trained on: no samples, features or targets, different numbers of rows in x
/// and y, a NaN or an infinity in x or y, a negative label; weights that are not one for each sample, NaN, infinite,
/// negative or all 0. The message begins with `what` and names row and column.
template <class T, class Target>
void require_valid(const Dataset<T, Target>& dataset, std::string_view what) {
  detail::require_shapes(dataset, what);
  detail::require_finite(dataset.x, what, "x");
  if (dataset.has_weights()) detail::require_weights(dataset, what);
  if constexpr (Dataset<T, Target>::has_labels) {
    detail::require_labels({dataset.y.data(), dataset.y.size()}, 0, what);
  } else {
    detail::require_finite(dataset.y, what, "y");
  }
}

/// Throws DataError for a label that is none of a network's `outputs`, naming the row.
template <class T, class Target>
  requires(Dataset<T, Target>::has_labels)
void require_labels_below(const Dataset<T, Target>& dataset, std::size_t outputs, std::string_view what) {
  detail::require_labels({dataset.y.data(), dataset.y.size()}, outputs, what);
}

/// Throws DataError for a target that is not in [low, high], naming row and column.
template <class T, class Target>
  requires(!Dataset<T, Target>::has_labels)
void require_targets_within(const Dataset<T, Target>& dataset, double low, double high, std::string_view what) {
  const auto within = [=](T value) { return double{value} >= low && double{value} <= high; };
  const std::string range = detail::concat({low, " to ", high});
  detail::require_elements(dataset.y, what, "y", within, "numbers from " + range);
}

}  // namespace evomlp
