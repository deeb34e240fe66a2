// SPDX-License-Identifier: MIT
#include "evomlp/data/classes.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

using evomlp::balanced_weights;
using evomlp::DataError;
using evomlp::Dataset;
using evomlp::Labels;

TEST_CASE_TEMPLATE("balanced weights are n / (classes * samples of the class)", T, float, double) {
  Dataset<T, Labels> data{evomlp::make_matrix<T>(6, 1), evomlp::make_labels(6)};
  data.x.fill(0);
  const int labels[] = {7, 2, 2, 7, 2, 2};  // the numbers between don't count
  for (std::size_t i = 0; i < 6; ++i) data.y(i) = labels[i];
  data.weights = balanced_weights(data);
  REQUIRE(data.weights.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(data.weights(i) == static_cast<T>(labels[i] == 7 ? 1.5 : 0.75));
  CHECK_NOTHROW(require_valid(data, "fit"));

  Dataset<T> column{data.x, evomlp::make_matrix<T>(6, 1)};
  for (std::size_t i = 0; i < 6; ++i) column.y(i, 0) = static_cast<T>(labels[i]);
  CHECK(balanced_weights(column) == data.weights);
}

TEST_CASE("balanced weights need classes") {
  CHECK_THROWS_WITH_AS(
      balanced_weights(Dataset<float, Labels>{}),
      "balanced_weights: is empty, got 0 samples of 0 features and 1 targets, expected at least one of each",
      DataError);
  Dataset<float> wide{evomlp::make_matrix<float>(2, 1), evomlp::make_matrix<float>(2, 2)};
  CHECK_THROWS_WITH_AS(balanced_weights(wide), "balanced_weights needs one column of y that names the class, got 2",
                       DataError);
}
