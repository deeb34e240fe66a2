// SPDX-License-Identifier: MIT
#include "evomlp/data/k_fold.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::k_fold;
using evomlp::k_fold_rows;
using evomlp::KFold;
using evomlp::Labels;

namespace {

using Rows = std::vector<std::size_t>;

// Sample i has the feature i, the given label and the weight i + 1.
Dataset<float, Labels> labelled(const std::vector<int>& labels) {
  const std::size_t n = labels.size();
  Dataset<float, Labels> data{evomlp::make_matrix<float>(n, 1), evomlp::make_labels(n)};
  data.weights = Dataset<float>::Weights::from_shape({n});
  for (std::size_t i = 0; i < n; ++i) {
    data.x(i, 0) = static_cast<float>(i);
    data.y(i) = labels[i];
    data.weights(i) = static_cast<float>(i + 1);
  }
  return data;
}

Dataset<float, Labels> counted(std::size_t n) { return labelled(std::vector<int>(n)); }

std::vector<Rows> test_rows(const Dataset<float, Labels>& data, const KFold& options) {
  std::vector<Rows> rows;
  for (const auto& fold : k_fold_rows(data, options)) rows.push_back(fold.test);
  return rows;
}

const std::vector<int> mixed = {2, 0, 0, 1, 0, 2, 1, 0, 0, 2, 0, 1, 0};

}  // namespace

// The numbers are those of KFold(4), StratifiedKFold(3) and StratifiedKFold(4), by their formulas in numpy.
TEST_CASE("without shuffle the folds are scikit-learn's") {
  CHECK(test_rows(counted(11), {.folds = 4}) == std::vector<Rows>{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 10}});
  CHECK(test_rows(labelled(mixed), {.folds = 3, .stratify = true}) ==
        std::vector<Rows>{{0, 1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}});
  CHECK(test_rows(labelled(mixed), {.folds = 4, .stratify = true}) ==
        std::vector<Rows>{{0, 1, 2, 3}, {4, 5, 7}, {6, 8, 9}, {10, 11, 12}});
  CHECK(k_fold(counted(10)).size() == 5);
}

TEST_CASE("every sample is tested on once and trained on otherwise") {
  for (const bool stratify : {false, true}) {
    for (const bool shuffle : {false, true}) {
      const auto data = labelled(mixed);
      std::vector<int> tested(mixed.size());
      for (const auto& [train, test] :
           k_fold(data, {.folds = 3, .stratify = stratify, .shuffle = shuffle, .seed = 3})) {
        CHECK(train.size() + test.size() == mixed.size());
        std::vector<bool> is_test(mixed.size());
        for (std::size_t i = 0; i < test.size(); ++i) {
          const auto row = static_cast<std::size_t>(test.x(i, 0));
          ++tested[row];
          is_test[row] = true;
          CHECK(test.y(i) == mixed[row]);
          CHECK(test.weights(i) == test.x(i, 0) + 1);
        }
        for (std::size_t i = 0; i < train.size(); ++i) CHECK_FALSE(is_test[static_cast<std::size_t>(train.x(i, 0))]);
        CHECK(std::is_sorted(train.x.begin(), train.x.end()));
        CHECK(std::is_sorted(test.x.begin(), test.x.end()));
      }
      CHECK(tested == std::vector<int>(mixed.size(), 1));
    }
  }
}

TEST_CASE("a shuffle depends on the seed and keeps the classes' shares") {
  const auto data = labelled(mixed);
  const KFold options{.folds = 3, .stratify = true, .shuffle = true, .seed = 1};
  const auto folds = test_rows(data, options);
  CHECK(test_rows(data, options) == folds);
  CHECK(test_rows(data, {.folds = 3, .stratify = true, .shuffle = true, .seed = 2}) != folds);
  CHECK(test_rows(counted(30), {.shuffle = true}) != test_rows(counted(30), {}));
  for (const Rows& fold : folds) {
    for (int label = 0; label < 3; ++label) {
      const auto count = std::count_if(fold.begin(), fold.end(), [&](std::size_t row) { return mixed[row] == label; });
      const std::ptrdiff_t fewest = label == 0 ? 2 : 1;
      CHECK(count >= fewest);
      CHECK(count <= fewest + 1);
    }
  }
}

TEST_CASE("the classes may be a column of y") {
  Dataset<double> data{evomlp::make_matrix<double>(4, 1), evomlp::make_matrix<double>(4, 1)};
  data.x.fill(0);
  for (std::size_t i = 0; i < 4; ++i) data.y(i, 0) = i < 2 ? 1 : -1;
  const auto folds = k_fold_rows(data, {.folds = 2, .stratify = true});
  CHECK(folds[0].test == Rows{0, 2});
  CHECK(folds[1].test == Rows{1, 3});
  data.y(3, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(k_fold(data, {.folds = 2, .stratify = true}),
                       "k_fold: stratify: y is nan in row 3, column 0 (counted from 0), expected finite numbers",
                       DataError);
}

TEST_CASE("k_fold refuses what can't be divided") {
  for (const int folds : {-1, 0, 1, 12, std::numeric_limits<int>::max()}) {
    CHECK_THROWS_WITH_AS(
        k_fold(counted(11), {.folds = folds}),
        ("k_fold: folds is " + std::to_string(folds) + ", expected 2 to 11, the number of samples").c_str(), DataError);
  }
  CHECK_NOTHROW(k_fold(counted(11), {.folds = 11}));
  CHECK_THROWS_WITH_AS(k_fold(labelled(mixed), {.folds = 8, .stratify = true}),
                       "k_fold: stratify divides into 8 folds, but no class has more than 7 samples", DataError);
  CHECK_NOTHROW(k_fold(labelled(mixed), {.folds = 7, .stratify = true}));
  CHECK_THROWS_AS(k_fold(Dataset<float, Labels>{}), DataError);
}
