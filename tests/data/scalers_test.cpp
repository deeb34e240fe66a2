// SPDX-License-Identifier: MIT
#include "evomlp/data/min_max_scaler.hpp"
#include "evomlp/data/standard_scaler.hpp"
#include "support/memory.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::make_matrix;
using evomlp::MinMaxScaler;
using evomlp::ShapeError;
using evomlp::StandardScaler;
using evomlp::Tensor;

namespace {

// The second and the third column are constant; 0.1 is no multiple of a power of two.
template <class T>
Tensor<T> samples() {
  const double values[] = {1, 10, 0.1, -3, 2, 10, 0.1, 5, 4, 10, 0.1, 1e6, 8, 10, 0.1, -1e6, -5.5, 10, 0.1, 0.25};
  auto x = make_matrix<T>(5, 4);
  for (std::size_t i = 0; i < 20; ++i) x.data()[i] = static_cast<T>(values[i]);
  return x;
}

}  // namespace

// Numbers: numpy's mean and std of the same values.
TEST_CASE_TEMPLATE("StandardScaler gives scikit-learn's numbers", T, float, double) {
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-14;
  const auto x = samples<T>();
  StandardScaler scaler;
  const auto z = scaler.fit_transform(x);
  const double expected[5][2] = {{-2.0412414523193148e-01, -5.4549289637453841e-06},
                                 {2.2680460581325744e-02, 7.1941816768236215e-06},
                                 {4.7628967220784019e-01, 1.5811381185586522},
                                 {1.3835080954608689, -1.5811395415835992},
                                 {-1.6783540830181036, -3.1622776601422514e-07}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::fabs(static_cast<double>(z(i, 0)) - expected[i][0]) < tolerance);
    CHECK(std::fabs(static_cast<double>(z(i, 3)) - expected[i][1]) < tolerance);
    CHECK(z(i, 1) == 0);
    CHECK(std::fabs(static_cast<double>(z(i, 2))) < 1e-15);
  }
  CHECK(scaler.features() == 4);
  CHECK(scaler.scale()[1] == 1);
  CHECK(scaler.scale()[2] == 1);
  CHECK(scaler.mean()[0] == doctest::Approx(1.9));
  const auto back = scaler.inverse_transform(z);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(std::fabs(static_cast<double>(back.data()[i] - x.data()[i])) <=
          tolerance * (std::fabs(static_cast<double>(x.data()[i])) + 1));
  }
}

TEST_CASE("a small spread on a large mean is no constant") {
  auto x = make_matrix<double>(4, 1);
  for (std::size_t i = 0; i < 4; ++i) x(i, 0) = 1e9 + static_cast<double>(i % 2);
  StandardScaler scaler;
  CHECK(scaler.fit_transform(x)(1, 0) == 1);
  CHECK(scaler.scale()[0] == 0.5);
}

TEST_CASE_TEMPLATE("MinMaxScaler gives scikit-learn's numbers", T, float, double) {
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-15;
  const auto x = samples<T>();
  MinMaxScaler unit, wide({.min = -1, .max = 3});
  const auto u = unit.fit_transform(x), w = wide.fit_transform(x);
  const double first[] = {0.48148148148148145, 0.5555555555555556, 0.7037037037037037, 1, 0};
  const double wide_last[] = {0.999994, 1.00001, 3, -1, 1.0000005};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::fabs(static_cast<double>(u(i, 0)) - first[i]) < tolerance);
    CHECK(u(i, 1) == 0);
    CHECK(std::fabs(static_cast<double>(w(i, 0)) - (4 * first[i] - 1)) < 4 * tolerance);
    CHECK(std::fabs(static_cast<double>(w(i, 3)) - wide_last[i]) < 4 * tolerance);
    CHECK(w(i, 1) == -1);
  }
  CHECK(u(3, 0) == 1);
  CHECK(u(4, 0) == 0);
  const auto back = wide.inverse_transform(w);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(back(i, 0) == doctest::Approx(x(i, 0)));
    CHECK(back(i, 1) == 10);
  }
  CHECK_THROWS_WITH_AS(MinMaxScaler({.min = 1, .max = 1}),
                       "MinMaxScaler: the range is 1 to 1, expected min < max and a finite width", DataError);
  CHECK_THROWS_AS(MinMaxScaler({.min = -1e308, .max = 1e308}), DataError);
  CHECK_THROWS_AS(MinMaxScaler({.min = std::nan("")}), DataError);
}

TEST_CASE("targets and weights of a dataset stay, other data is scaled by what fit saw") {
  Dataset<float> train{make_matrix<float>(2, 1), make_matrix<float>(2, 1)}, test = train;
  train.x(0, 0) = 0;
  train.x(1, 0) = 4;
  train.y.fill(7);
  train.weights = Dataset<float>::Weights::from_shape({2});
  train.weights.fill(3);
  test.x(0, 0) = 8;
  test.x(1, 0) = std::numeric_limits<float>::quiet_NaN();
  StandardScaler scaler;
  const auto scaled = scaler.fit_transform(train);
  CHECK(scaled.x(1, 0) == 1);
  CHECK(scaled.y(1, 0) == 7);
  CHECK(scaled.weights(1) == 3);
  CHECK(scaler.inverse_transform(scaled).x == train.x);
  const auto other = scaler.transform(test);
  CHECK(other.x(0, 0) == 3);
  CHECK(other.x(1, 0) != other.x(1, 0));
}

TEST_CASE("the scalers refuse what they can't scale, and keep what they knew") {
  StandardScaler scaler;
  CHECK_THROWS_WITH_AS(scaler.transform(samples<float>()), "StandardScaler::transform: call fit first", DataError);
  CHECK_THROWS_WITH_AS(MinMaxScaler().inverse_transform(samples<float>()),
                       "MinMaxScaler::inverse_transform: call fit first", DataError);
  scaler.fit(samples<double>());
  CHECK_THROWS_WITH_AS(scaler.transform(make_matrix<float>(2, 3)),
                       "StandardScaler::transform: got 3 features, expected 4 as in fit", ShapeError);
  CHECK_THROWS_WITH_AS(scaler.fit(make_matrix<float>(0, 4)),
                       "StandardScaler::fit: got 0 samples of 4 features, expected at least one of each", DataError);
  auto x = samples<double>();
  x(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(scaler.fit(x),
                       "StandardScaler::fit: x is nan in row 1, column 2 (counted from 0), expected finite numbers",
                       DataError);
  x.fill((std::numeric_limits<double>::max)());
  CHECK_THROWS_WITH_AS(scaler.fit(x),
                       "StandardScaler::fit: the numbers of feature 0 (counted from 0) are too large to be scaled",
                       DataError);
  CHECK(scaler.mean()[0] == doctest::Approx(1.9));
  CHECK(scaler.transform(make_matrix<float>(0, 4)).size() == 0);
  auto one = make_matrix<float>(1, 1);
  one(0, 0) = 5;
  CHECK(StandardScaler().fit_transform(one)(0, 0) == 0);
}

TEST_CASE("what a scaler remembers makes another one the same") {
  const auto x = samples<double>();
  StandardScaler standard, standard_again;
  MinMaxScaler range({.min = -2, .max = 5}), range_again;
  standard.fit(x);
  range.fit(x);
  auto values = remembered(standard);
  recall(standard_again, values);
  CHECK(standard_again.transform(x) == standard.transform(x));
  auto range_values = remembered(range);
  recall(range_again, range_values);
  CHECK(range_again.transform(x) == range.transform(x));
  CHECK(range_again.fit_transform(x) == range.transform(x));

  values["scale"] = std::vector<double>(3);
  CHECK_THROWS_WITH_AS(recall(standard_again, values), "scale is not as long as offset", std::runtime_error);
}
