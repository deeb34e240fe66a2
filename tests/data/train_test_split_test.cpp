// SPDX-License-Identifier: MIT
#include "evomlp/data/train_test_split.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::Labels;
using evomlp::train_test_split;

namespace {

// Sample i has the features i and -i and the given target.
template <class T = float>
Dataset<T> numbered(const std::vector<double>& targets) {
  const std::size_t n = targets.size();
  Dataset<T> dataset{evomlp::make_matrix<T>(n, 2), evomlp::make_matrix<T>(n, 1)};
  for (std::size_t i = 0; i < n; ++i) {
    dataset.x(i, 0) = static_cast<T>(i);
    dataset.x(i, 1) = -static_cast<T>(i);
    dataset.y(i, 0) = static_cast<T>(targets[i]);
  }
  return dataset;
}

Dataset<float> numbered(std::size_t n) { return numbered(std::vector<double>(n)); }

Dataset<float, Labels> labelled(const std::vector<int>& labels) {
  Dataset<float, Labels> dataset{numbered(labels.size()).x, evomlp::make_labels(labels.size())};
  std::copy(labels.begin(), labels.end(), dataset.y.begin());
  return dataset;
}

template <class Data>
std::vector<std::size_t> rows_of(const Data& dataset) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    rows.push_back(static_cast<std::size_t>(dataset.x(i, 0)));
    REQUIRE(dataset.x(i, 1) == -dataset.x(i, 0));
  }
  return rows;
}

// `counts[c]` samples of class c, in an order that isn't sorted.
std::vector<int> mixed_labels(const std::vector<std::size_t>& counts) {
  std::vector<std::size_t> left = counts;
  std::vector<int> labels;
  const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  for (std::size_t c = 0; labels.size() < total; c = (c + 1) % left.size()) {
    if (left[c] == 0) continue;
    --left[c];
    labels.push_back(static_cast<int>(c));
  }
  return labels;
}

std::vector<std::size_t> counts_of(const Dataset<float, Labels>& dataset, std::size_t classes) {
  std::vector<std::size_t> counts(classes);
  for (std::size_t i = 0; i < dataset.size(); ++i) ++counts[static_cast<std::size_t>(dataset.y(i))];
  return counts;
}

}  // namespace

TEST_CASE("the test part has scikit-learn's size") {
  struct Case {
    std::size_t samples;
    double test_size;
    std::size_t expected;
  };
  const Case cases[] = {{1000, 0.2, 200}, {10, 0.25, 3}, {7, 0.25, 2},  {3, 0.1, 1}, {10, 3, 3},
                        {30, 0.1, 3},     {10, 0.81, 9}, {10, 1e-9, 1}, {2, 1, 1},   {1000, 999, 999}};
  for (const Case& c : cases) {
    CAPTURE(c.samples);
    CAPTURE(c.test_size);
    const auto [train, test] = train_test_split(numbered(c.samples), {.test_size = c.test_size});
    CHECK(test.size() == c.expected);
    CHECK(train.size() == c.samples - c.expected);
  }
  CHECK(train_test_split(numbered(100)).test.size() == 25);
}

TEST_CASE("every sample is in one part, whole, in random order") {
  std::vector<double> targets(200);
  std::iota(targets.begin(), targets.end(), 1000.0);
  const auto parts = train_test_split(numbered<double>(targets), {.test_size = 0.3, .seed = 5});
  for (const auto* part : {&parts.train, &parts.test}) {
    const auto rows = rows_of(*part);
    CHECK_FALSE(std::is_sorted(rows.begin(), rows.end()));
    for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(part->y(i, 0) == 1000 + static_cast<double>(rows[i]));
  }
  auto all = rows_of(parts.train);
  const auto test = rows_of(parts.test);
  CHECK(test.size() == 60);
  all.insert(all.end(), test.begin(), test.end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == i);
}

TEST_CASE("a split is the stored rows, and depends on the seed alone") {
  const auto parts = train_test_split(numbered(10), {.test_size = 0.3, .stratify = false, .seed = 7});
  CHECK(rows_of(parts.test) == std::vector<std::size_t>{0, 5, 1});
  CHECK(rows_of(parts.train) == std::vector<std::size_t>{6, 7, 8, 9, 4, 3, 2});
  const auto again = train_test_split(numbered(10), {.test_size = 0.3, .seed = 7});
  CHECK(rows_of(again.train) == rows_of(parts.train));
  const auto other = train_test_split(numbered(10), {.test_size = 0.3, .seed = 8});
  CHECK(rows_of(other.train) != rows_of(parts.train));
}

TEST_CASE("each sample is tested on equally often") {
  std::array<double, 8> counts{};
  const auto dataset = numbered(8);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    for (const std::size_t row : rows_of(train_test_split(dataset, {.test_size = 2, .seed = seed}).test)) ++counts[row];
  }
  for (const double count : counts) CHECK(std::fabs(count - 500) < 100);  // sigma 19
}

TEST_CASE("both kinds of targets are split") {
  const auto labels = train_test_split(labelled({3, 1, 4, 1, 5, 9}), {.test_size = 2});
  static_assert(std::is_same_v<decltype(labels.test), Dataset<float, Labels>>);
  CHECK(labels.test.y.shape()[0] == 2);
  const std::vector<int> original = {3, 1, 4, 1, 5, 9};
  for (const auto* part : {&labels.train, &labels.test}) {
    const auto rows = rows_of(*part);
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(part->y(i) == original[rows[i]]);
  }

  Dataset<float> wide{evomlp::make_matrix<float>(4, 3), evomlp::make_matrix<float>(4, 2)};
  std::fill(wide.x.begin(), wide.x.end(), 1.0f);
  std::fill(wide.y.begin(), wide.y.end(), 2.0f);
  const auto parts = train_test_split(wide);
  CHECK(parts.train.features() == 3);
  CHECK(parts.train.outputs() == 2);
  CHECK(parts.test.size() == 1);
}

TEST_CASE("stratify keeps the proportions of the classes by largest remainder") {
  struct Case {
    std::vector<std::size_t> counts;
    double test_size;
    std::vector<std::size_t> expected;
  };
  const Case cases[] = {
      {{50, 30, 20}, 0.2, {10, 6, 4}},
      {{50, 30, 21}, 0.25, {13, 8, 5}},  // 26 of 101: 12.87, 7.72, 5.41
      {{10, 10, 10}, 4, {2, 1, 1}},      // a tie goes to the smaller label
      {{97, 2, 2}, 3, {3, 0, 0}},        // 2.88, 0.06, 0.06
      {{2, 2}, 2, {1, 1}},
      {{0, 5, 0, 5}, 0.4, {0, 2, 0, 2}},
  };
  for (const Case& c : cases) {
    const auto dataset = labelled(mixed_labels(c.counts));
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto parts = train_test_split(dataset, {.test_size = c.test_size, .stratify = true, .seed = seed});
      CHECK(counts_of(parts.test, c.counts.size()) == c.expected);
      auto all = rows_of(parts.train);
      const auto test = rows_of(parts.test);
      all.insert(all.end(), test.begin(), test.end());
      std::sort(all.begin(), all.end());
      for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == i);
    }
  }
}

TEST_CASE("stratify draws at random inside a class and mixes the parts") {
  const auto dataset = labelled(mixed_labels({100, 100}));
  const auto first = train_test_split(dataset, {.test_size = 0.5, .stratify = true, .seed = 1});
  const auto second = train_test_split(dataset, {.test_size = 0.5, .stratify = true, .seed = 2});
  CHECK(rows_of(first.test) != rows_of(second.test));
  for (const auto* part : {&first.train, &first.test}) {
    std::size_t changes = 0;
    for (std::size_t i = 1; i < part->size(); ++i) changes += part->y(i) != part->y(i - 1) ? 1 : 0;
    CHECK(changes > 30);  // 49.5 on average, 1 if the classes came one after the other
  }
}

TEST_CASE("stratify takes its classes from a single column of y as well") {
  const auto parts =
      train_test_split(numbered({1, 0, 0, 1, 0, 0, 0, 0}), {.test_size = 0.5, .stratify = true, .seed = 3});
  CHECK(parts.test.size() == 4);
  CHECK(std::accumulate(parts.test.y.begin(), parts.test.y.end(), 0.0f) == 1);

  Dataset<float> wide{evomlp::make_matrix<float>(4, 1), evomlp::make_matrix<float>(4, 2)};
  CHECK_THROWS_WITH_AS(train_test_split(wide, {.stratify = true}),
                       "train_test_split: stratify needs one column of y that names the class, got 2", DataError);
  CHECK_THROWS_WITH_AS(
      train_test_split(numbered({1, 0, std::nan(""), 1, 0}), {.stratify = true}),
      "train_test_split: stratify: y is nan in row 2, column 0 (counted from 0), expected finite numbers", DataError);
}

TEST_CASE("splits that can't be made are refused with figures") {
  const auto dataset = numbered(10);
  for (const double size : {0.0, -0.1, 1.5, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CAPTURE(size);
    CHECK_THROWS_AS(train_test_split(dataset, {.test_size = size}), DataError);
  }
  CHECK_THROWS_WITH_AS(train_test_split(dataset, {.test_size = 1.5}),
                       "train_test_split: test_size is 1.5, expected a fraction in (0, 1) or a whole number of "
                       "samples",
                       DataError);
  CHECK_THROWS_WITH_AS(train_test_split(dataset, {.test_size = 10}),
                       "train_test_split: test_size is 10, which leaves no sample to train on out of 10", DataError);
  CHECK_THROWS_WITH_AS(train_test_split(dataset, {.test_size = 0.95}),
                       "train_test_split: test_size is 0.95, which leaves no sample to train on out of 10", DataError);
  CHECK_THROWS_AS(train_test_split(numbered(1)), DataError);
  CHECK_THROWS_AS(train_test_split(dataset, {.test_size = 1e300}), DataError);
  CHECK_THROWS_WITH_AS(
      train_test_split(Dataset<float>{}),
      "train_test_split: is empty, got 0 samples of 0 features and 0 targets, expected at least one of each",
      DataError);
  auto mismatched = numbered(4);
  mismatched.y = evomlp::make_matrix<float>(3, 1);
  CHECK_THROWS_WITH_AS(train_test_split(mismatched),
                       "train_test_split: x has 4 rows and y has 3, expected one target row per sample", DataError);

  CHECK_THROWS_WITH_AS(train_test_split(labelled({0, 0, 0, 7, 1, 1}), {.stratify = true}),
                       "train_test_split: class 7 has 1 sample of 6, stratify needs at least 2", DataError);
  auto halves = numbered(3);
  halves.y = {{0.5f}, {0.5f}, {1.5f}};
  CHECK_THROWS_WITH_AS(train_test_split(halves, {.stratify = true}),
                       "train_test_split: class 1.5 has 1 sample of 3, stratify needs at least 2", DataError);
  CHECK_THROWS_WITH_AS(
      train_test_split(labelled({0, 0, 1, 1, 2, 2}), {.test_size = 2, .stratify = true}),
      "train_test_split: stratify divides 3 classes, but the parts have 4 samples to train on and 2 to "
      "test on",
      DataError);
  CHECK_THROWS_AS(train_test_split(labelled({0, 0, 1, 1, 2, 2}), {.test_size = 4, .stratify = true}), DataError);
}

TEST_CASE("weights go where their samples go") {
  auto data = numbered(20);
  data.weights = Dataset<float>::Weights::from_shape({20});
  for (std::size_t i = 0; i < 20; ++i) data.weights(i) = static_cast<float>(3 * i);
  const auto parts = train_test_split(data, {.test_size = 0.3, .seed = 2});
  for (const auto* part : {&parts.train, &parts.test}) {
    REQUIRE(part->weights.size() == part->size());
    for (std::size_t i = 0; i < part->size(); ++i) CHECK(part->weights(i) == 3 * part->x(i, 0));
  }
}
