// SPDX-License-Identifier: MIT
// Which samples belong to which class, and weights that give every class the same say.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/data/dataset.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// The distinct values among the samples' classes, sorted and numbered from 0.
struct Classes {
  std::vector<std::size_t> of_row;  ///< the number of each sample's class
  std::vector<std::size_t> counts;  ///< how many samples each class has
  std::vector<std::string> names;   ///< for messages
};

template <class Value>
Classes number_classes(std::span<const Value> values) {
  std::vector<Value> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Classes classes;
  for (const Value& value : sorted) {
    if constexpr (std::is_floating_point_v<Value>) {
      classes.names.push_back(number_text<Value>(value));
    } else if constexpr (std::is_integral_v<Value>) {
      classes.names.push_back(std::to_string(value));
    } else {
      classes.names.emplace_back(value);
    }
  }
  classes.counts.resize(sorted.size());
  classes.of_row.reserve(values.size());
  for (const Value& value : values) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), value);
    classes.of_row.push_back(static_cast<std::size_t>(found - sorted.begin()));
    ++classes.counts[classes.of_row.back()];
  }
  return classes;
}

/// The classes of a dataset: its labels, or the distinct values of a single column of y. `what` begins the messages.
template <class T, class Target>
Classes classes_of(const Dataset<T, Target>& dataset, std::string_view what) {
  using Class = typename Dataset<T, Target>::target_type;
  if (dataset.outputs() != 1) {
    throw DataError(concat({what, " needs one column of y that names the class, got ", dataset.outputs()}));
  }
  if constexpr (!Dataset<T, Target>::has_labels) require_finite(dataset.y, what, "y");
  return number_classes(std::span<const Class>(dataset.y.data(), dataset.size()));
}

}  // namespace detail

/// One weight for each sample, n / (classes * samples of its class), so that the samples of every class weigh n /
/// classes together; scikit-learn's class_weight="balanced". Classes are the labels that occur, or the distinct values
/// of a single column of y: `train.weights = balanced_weights(train)`. Throws DataError for empty data.
template <class T, class Target>
typename Dataset<T, Target>::Weights balanced_weights(const Dataset<T, Target>& dataset) {
  detail::require_shapes(dataset, "balanced_weights");
  const detail::Classes classes = detail::classes_of(dataset, "balanced_weights");
  const auto n = static_cast<double>(dataset.size());
  const auto number_of_classes = static_cast<double>(classes.counts.size());
  auto weights = Dataset<T, Target>::Weights::from_shape({dataset.size()});
  for (std::size_t row = 0; row < dataset.size(); ++row) {
    const auto members = static_cast<double>(classes.counts[classes.of_row[row]]);
    weights(row) = static_cast<T>(n / (number_of_classes * members));
  }
  return weights;
}

}  // namespace evomlp
