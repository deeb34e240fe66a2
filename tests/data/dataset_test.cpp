// SPDX-License-Identifier: MIT
#include "evomlp/data/dataset.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::Labels;
using evomlp::require_valid;

namespace {

// x(i, j) = 10 i + j; y(i, j) = 100 i + j.
template <class T>
Dataset<T> counted(std::size_t samples, std::size_t features, std::size_t outputs) {
  Dataset<T> dataset{evomlp::make_matrix<T>(samples, features), evomlp::make_matrix<T>(samples, outputs)};
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = 0; j < features; ++j) dataset.x(i, j) = static_cast<T>(10 * i + j);
    for (std::size_t j = 0; j < outputs; ++j) dataset.y(i, j) = static_cast<T>(100 * i + j);
  }
  return dataset;
}

Dataset<float, Labels> labelled(std::size_t samples) {
  Dataset<float, Labels> dataset{counted<float>(samples, 3, 1).x, evomlp::make_labels(samples)};
  for (std::size_t i = 0; i < samples; ++i) dataset.y(i) = static_cast<std::int32_t>(i % 4);
  return dataset;
}

}  // namespace

static_assert(std::is_aggregate_v<Dataset<float>> && std::is_aggregate_v<Dataset<double, Labels>>);
static_assert(std::is_same_v<Dataset<double>::target_type, double>);
static_assert(std::is_same_v<Dataset<double, Labels>::target_type, std::int32_t>);
static_assert(std::is_same_v<Dataset<float, std::int32_t>::Targets, Labels>);

TEST_CASE_TEMPLATE("gather copies the named rows, in order, repetitions included", T, float, double) {
  const auto dataset = counted<T>(5, 3, 2);
  CHECK(dataset.size() == 5);
  CHECK(dataset.features() == 3);
  CHECK(dataset.outputs() == 2);

  const std::vector<std::size_t> rows = {4, 0, 0, 2};
  std::vector<T> x(12 + 1, T{-1}), y(8 + 1, T{-1});  // the last element must stay as it is
  dataset.gather(rows, x.data(), y.data());
  CHECK(x == std::vector<T>{40, 41, 42, 0, 1, 2, 0, 1, 2, 20, 21, 22, -1});
  CHECK(y == std::vector<T>{400, 401, 0, 1, 0, 1, 200, 201, -1});

  dataset.gather({}, nullptr, nullptr);
}

TEST_CASE("gather copies labels") {
  const auto dataset = labelled(6);
  CHECK(dataset.outputs() == 1);
  const std::vector<std::size_t> rows = {5, 3};
  std::vector<float> x(6);
  std::vector<std::int32_t> y(2);
  dataset.gather(rows, x.data(), y.data());
  CHECK(x == std::vector<float>{50, 51, 52, 30, 31, 32});
  CHECK(y == std::vector<std::int32_t>{1, 3});
}

TEST_CASE("gather refuses rows that don't exist") {
  auto dataset = counted<float>(3, 2, 1);
  std::vector<float> x(4), y(2);
  const std::vector<std::size_t> rows = {0, 3};
  CHECK_THROWS_WITH_AS(dataset.gather(rows, x.data(), y.data()),
                       "Dataset::gather: got row 3 (counted from 0), expected less than 3, the number of samples",
                       DataError);
  dataset.y = evomlp::make_matrix<float>(2, 1);
  CHECK_THROWS_WITH_AS(dataset.gather(rows, x.data(), y.data()),
                       "Dataset::gather: x has 3 rows and y has 2, expected one target row per sample", DataError);
}

TEST_CASE_TEMPLATE("require_valid accepts good data and names the first fault", T, float, double) {
  auto dataset = counted<T>(4, 3, 2);
  CHECK_NOTHROW(require_valid(dataset, "fit"));
  dataset.x(0, 0) = std::numeric_limits<T>::lowest();
  dataset.x(0, 1) = std::numeric_limits<T>::denorm_min();
  CHECK_NOTHROW(require_valid(dataset, "fit"));

  dataset.y(3, 1) = std::numeric_limits<T>::infinity();
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: y is inf in row 3, column 1 (counted from 0), expected finite numbers", DataError);
  dataset.x(2, 0) = -std::numeric_limits<T>::infinity();
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: x is -inf in row 2, column 0 (counted from 0), expected finite numbers", DataError);
  dataset.x(1, 2) = std::numeric_limits<T>::quiet_NaN();
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: x is nan in row 1, column 2 (counted from 0), expected finite numbers", DataError);
}

TEST_CASE("require_valid refuses empty and mismatched data") {
  CHECK_THROWS_WITH_AS(require_valid(Dataset<float>{}, "evaluate"),
                       "evaluate: is empty, got 0 samples of 0 features and 0 targets, expected at least one of each",
                       DataError);
  CHECK_THROWS_WITH_AS(require_valid(counted<float>(3, 0, 1), "fit"),
                       "fit: is empty, got 3 samples of 0 features and 1 targets, expected at least one of each",
                       DataError);
  CHECK_THROWS_WITH_AS(require_valid(counted<float>(3, 1, 0), "fit"),
                       "fit: is empty, got 3 samples of 1 features and 0 targets, expected at least one of each",
                       DataError);
  CHECK_THROWS_WITH_AS(require_valid(Dataset<float, Labels>{}, "fit"),
                       "fit: is empty, got 0 samples of 0 features and 1 targets, expected at least one of each",
                       DataError);
  auto dataset = counted<float>(3, 2, 1);
  dataset.y = evomlp::make_matrix<float>(4, 1);
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: x has 3 rows and y has 4, expected one target row per sample", DataError);
}

TEST_CASE("require_valid refuses negative labels") {
  auto dataset = labelled(6);
  CHECK_NOTHROW(require_valid(dataset, "fit"));
  dataset.y(4) = -1;
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"), "fit: label is -1 in row 4 (counted from 0), expected 0 or more",
                       DataError);
  dataset.y = evomlp::make_labels(2);
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: x has 6 rows and y has 2, expected one target row per sample", DataError);
}

TEST_CASE("weights are gathered, taken along and are ones where there are none") {
  auto dataset = counted<float>(4, 3, 2);
  const std::vector<std::size_t> rows = {3, 0, 3};
  std::vector<float> weights(4, -1.0f);
  CHECK_FALSE(dataset.has_weights());
  dataset.gather_weights(rows, weights.data());
  CHECK(weights == std::vector<float>{1, 1, 1, -1});
  CHECK_FALSE(take_rows(dataset, rows).has_weights());

  dataset.weights = Dataset<float>::Weights::from_shape({4});
  for (std::size_t i = 0; i < 4; ++i) dataset.weights(i) = static_cast<float>(i);
  CHECK(dataset.has_weights());
  dataset.gather_weights(rows, weights.data());
  CHECK(weights == std::vector<float>{3, 0, 3, -1});
  const auto part = take_rows(dataset, rows);
  CHECK(part.size() == 3);
  CHECK(part.x(1, 2) == 2);
  CHECK(part.y(2, 1) == 301);
  CHECK(part.weights.size() == 3);
  CHECK(part.weights(2) == 3);
  CHECK_NOTHROW(require_valid(dataset, "fit"));  // a single 0 is a weight like any other

  const std::vector<std::size_t> beyond = {4};
  CHECK_THROWS_WITH_AS(
      dataset.gather_weights(beyond, weights.data()),
      "Dataset::gather_weights: got row 4 (counted from 0), expected less than 4, the number of samples", DataError);
  dataset.weights = Dataset<float>::Weights::from_shape({3});
  dataset.weights.fill(1);
  CHECK_THROWS_WITH_AS(
      dataset.gather_weights(rows, weights.data()),
      "Dataset::gather_weights: x has 4 rows and there are 3 weights, expected one for each sample, or "
      "none",
      DataError);
}

TEST_CASE_TEMPLATE("require_valid refuses weights that mean nothing", T, float, double) {
  auto dataset = counted<T>(3, 2, 1);
  dataset.weights = Dataset<T>::Weights::from_shape({2});
  dataset.weights.fill(1);
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: x has 3 rows and there are 2 weights, expected one for each sample, or none", DataError);
  dataset.weights = Dataset<T>::Weights::from_shape({3});
  dataset.weights.fill(0);
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"), "fit: all weights are 0, expected at least one above", DataError);
  dataset.weights(1) = static_cast<T>(-0.5);
  CHECK_THROWS_WITH_AS(require_valid(dataset, "fit"),
                       "fit: weight is -0.5 in row 1 (counted from 0), expected a finite number of at least 0",
                       DataError);
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    dataset.weights(1) = bad;
    CHECK_THROWS_AS(require_valid(dataset, "fit"), DataError);
  }
}
