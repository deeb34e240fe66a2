// SPDX-License-Identifier: MIT
// Dividing data into a part to learn from and a part to judge by.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/classes.hpp"
#include "evomlp/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace evomlp {

struct TrainTestSplit {
  double test_size = 0.25;  ///< below 1 a fraction of the samples, rounded up; from 1 on a number of samples
  bool stratify = false;    ///< give both parts the proportions of the classes
  std::uint64_t seed = 0;   ///< of the division and of the order inside both parts
};

/// The two parts of a dataset, in the order of `const auto [train, test] = train_test_split(data)`.
template <class Data>
struct DatasetSplit {
  Data train;
  Data test;
};

namespace detail {

inline std::size_t test_count(double test_size, std::size_t samples) {
  const std::string where = concat({"train_test_split: test_size is ", test_size});
  if (!portable::is_finite(test_size) || test_size <= 0 || (test_size >= 1 && test_size != std::floor(test_size))) {
    throw DataError(where + ", expected a fraction in (0, 1) or a whole number of samples");
  }
  const auto n = static_cast<double>(samples);
  const double count = test_size < 1 ? std::ceil(test_size * n) : test_size;
  if (count >= n) {
    throw DataError(concat({where, ", which leaves no sample to train on out of ", samples}));
  }
  return static_cast<std::size_t>(count);
}

/// Puts the rows to test on first, both parts in the order given, such that a class with m of the n samples gets
/// count m / n of the test samples: rounded down, and those left over by the largest remainders (a tie goes to the
/// smaller class value).
template <class = WhereCalled>
void stratify(const Classes& classes, std::size_t count, std::span<std::size_t> order) {
  const std::size_t samples = order.size(), number_of_classes = classes.counts.size();
  struct Share {
    std::size_t number;
    std::uint64_t test_rows, remainder;
  };
  std::vector<Share> shares;
  for (std::size_t k = 0; k < number_of_classes; ++k) {
    const auto members = std::uint64_t{classes.counts[k]};
    if (members < 2) {
      throw DataError(concat(
          {"train_test_split: class ", classes.names[k], " has 1 sample of ", samples, ", stratify needs at least 2"}));
    }
    const std::uint64_t quota = std::uint64_t{count} * members;
    shares.push_back({k, quota / samples, quota % samples});
  }
  if (count < number_of_classes || samples - count < number_of_classes) {
    throw DataError(concat({"train_test_split: stratify divides ", number_of_classes, " classes, but the parts have ",
                            samples - count, " samples to train on and ", count, " to test on"}));
  }

  std::size_t left_over = count;
  for (const Share& share : shares) left_over -= static_cast<std::size_t>(share.test_rows);
  std::vector<Share*> ranked;
  for (Share& share : shares) ranked.push_back(&share);
  std::sort(ranked.begin(), ranked.end(), [](const Share* a, const Share* b) {
    return a->remainder != b->remainder ? a->remainder > b->remainder : a->number < b->number;
  });
  for (std::size_t i = 0; i < left_over; ++i) ++ranked[i]->test_rows;

  std::vector<std::size_t> train_rows;
  auto next = order.begin();
  for (const std::size_t row : order) {
    Share& share = shares[classes.of_row[row]];
    if (share.test_rows == 0) {
      train_rows.push_back(row);
    } else {
      --share.test_rows;
      *next++ = row;
    }
  }
  std::copy(train_rows.begin(), train_rows.end(), next);
}

/// All rows in random order, the `count` to test on first; proportions of `classes` kept unless null.
template <class = WhereCalled>
std::vector<std::size_t> split_order(std::size_t samples, std::size_t count, const Classes* classes,
                                     std::uint64_t seed) {
  std::vector<std::size_t> order(samples);
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, Random(seed, Stream::split));
  if (classes != nullptr) stratify(*classes, count, order);
  return order;
}

/// The two parts of anything that take_rows takes rows from.
template <class Data>
DatasetSplit<Data> split_at(const Data& data, std::span<const std::size_t> order, std::size_t count) {
  return {take_rows(data, order.subspan(count)), take_rows(data, order.first(count))};
}

}  // namespace detail

/// Divides the samples at random into two parts, each in random order. With stratify, the classes (the labels, or the
/// distinct values of a single column of y) have in both parts the proportions they have in the whole.
/// test_size means what it means in scikit-learn: ceil(test_size * n) samples if below 1, else that many.
/// Throws DataError if there are no samples, if a part would be empty, if test_size is neither a fraction nor a whole
/// number; with stratify also if a class has a single sample or a part has fewer samples than there are classes.
template <class T, class Target>
DatasetSplit<Dataset<T, Target>> train_test_split(const Dataset<T, Target>& dataset,
                                                  const TrainTestSplit& options = {}) {
  detail::require_shapes(dataset, "train_test_split");
  const std::size_t count = detail::test_count(options.test_size, dataset.size());

  detail::Classes classes;
  if (options.stratify) classes = detail::classes_of(dataset, "train_test_split: stratify");
  const auto order = detail::split_order(dataset.size(), count, options.stratify ? &classes : nullptr, options.seed);
  return detail::split_at(dataset, order, count);
}

}  // namespace evomlp
