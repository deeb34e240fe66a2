// SPDX-License-Identifier: MIT
// Cross-validation: every sample is tested on once.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/data/classes.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/data/train_test_split.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace evomlp {

struct KFold {
  int folds = 5;           ///< how many parts the samples are divided into
  bool stratify = false;   ///< give every fold the proportions of the classes
  bool shuffle = false;    ///< divide at random; false: in the order of the data
  std::uint64_t seed = 0;  ///< of the shuffle
};

/// The rows of one division, each in ascending order.
struct Fold {
  std::vector<std::size_t> train, test;
};

namespace detail {

/// The sizes of the folds differ by 1 at most, the larger ones first.
template <class = WhereCalled>
std::vector<std::size_t> deal_evenly(std::span<const std::size_t> order, std::size_t folds) {
  std::vector<std::size_t> fold_of(order.size());
  const std::size_t size = order.size() / folds, larger = order.size() % folds;
  std::size_t next = 0;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    for (std::size_t i = 0; i < size + (fold < larger ? 1 : 0); ++i) fold_of[order[next++]] = fold;
  }
  return fold_of;
}

/// As scikit-learn's StratifiedKFold: the samples sorted by class, classes in order of appearance, are dealt out like
/// cards to say how many of a class each fold gets; which ones is decided by `order`.
template <class = WhereCalled>
std::vector<std::size_t> deal_by_class(std::span<const std::size_t> order, const Classes& classes, std::size_t folds) {
  const std::size_t most = *std::max_element(classes.counts.begin(), classes.counts.end());
  if (most < folds) {
    throw DataError(
        concat({"k_fold: stratify divides into ", folds, " folds, but no class has more than ", most, " samples"}));
  }
  std::vector<std::size_t> first(classes.counts.size());  // position of each class's first card
  std::vector<bool> seen(classes.counts.size());
  std::size_t position = 0;
  for (const std::size_t number : classes.of_row) {
    if (seen[number]) continue;
    seen[number] = true;
    first[number] = position;
    position += classes.counts[number];
  }
  std::vector<std::vector<std::size_t>> allocation(classes.counts.size(), std::vector<std::size_t>(folds));
  for (std::size_t k = 0; k < classes.counts.size(); ++k) {
    for (std::size_t i = 0; i < classes.counts[k]; ++i) ++allocation[k][(first[k] + i) % folds];
  }
  std::vector<std::size_t> fold_of(order.size()), fold(classes.counts.size());
  for (const std::size_t row : order) {
    const std::size_t k = classes.of_row[row];
    while (allocation[k][fold[k]] == 0) ++fold[k];
    --allocation[k][fold[k]];
    fold_of[row] = fold[k];
  }
  return fold_of;
}

template <class = WhereCalled>
std::vector<Fold> k_fold_rows(std::size_t samples, const KFold& options, const Classes* classes) {
  if (options.folds < 2 || static_cast<std::size_t>(options.folds) > samples) {
    throw DataError(
        concat({"k_fold: folds is ", options.folds, ", expected 2 to ", samples, ", the number of samples"}));
  }
  const auto folds = static_cast<std::size_t>(options.folds);
  std::vector<std::size_t> order(samples);
  std::iota(order.begin(), order.end(), std::size_t{0});
  // A substream of its own: the folds of a seed have nothing to do with its train_test_split.
  if (options.shuffle) shuffle(order, Random(options.seed, Stream::split, 1));

  const auto fold_of = classes == nullptr ? deal_evenly(order, folds) : deal_by_class(order, *classes, folds);
  std::vector<Fold> result(folds);
  for (std::size_t row = 0; row < samples; ++row) {
    for (std::size_t fold = 0; fold < folds; ++fold) {
      (fold == fold_of[row] ? result[fold].test : result[fold].train).push_back(row);
    }
  }
  return result;
}

/// The parts themselves, of anything that take_rows takes rows from.
template <class Data>
std::vector<DatasetSplit<Data>> take_folds(const Data& data, const std::vector<Fold>& folds) {
  std::vector<DatasetSplit<Data>> splits;
  splits.reserve(folds.size());
  for (const Fold& fold : folds) splits.push_back({take_rows(data, fold.train), take_rows(data, fold.test)});
  return splits;
}

}  // namespace detail

/// The row numbers of k_fold's parts, for data that should not be copied; take_rows makes a dataset of them. Throws
/// DataError as k_fold does.
template <class T, class Target>
std::vector<Fold> k_fold_rows(const Dataset<T, Target>& dataset, const KFold& options = {}) {
  detail::require_shapes(dataset, "k_fold");
  detail::Classes classes;
  if (options.stratify) classes = detail::classes_of(dataset, "k_fold: stratify");
  return detail::k_fold_rows(dataset.size(), options, options.stratify ? &classes : nullptr);
}

/// Divides the samples into folds and returns one {train, test} for each: the fold to test on, the others to train on,
/// both in the order of the data. `for (const auto& [train, test] : k_fold(data, {.folds = 5})) ...`. Without shuffle
/// the parts are those of scikit-learn's KFold and, with stratify, StratifiedKFold; with it they are as random as
/// theirs, the same on every machine. All parts are copies, `folds` times the memory of the data; see k_fold_rows.
/// Throws DataError if folds is less than 2 or more than the samples; with stratify also if every class has fewer
/// samples than there are folds.
template <class T, class Target>
std::vector<DatasetSplit<Dataset<T, Target>>> k_fold(const Dataset<T, Target>& dataset, const KFold& options = {}) {
  return detail::take_folds(dataset, k_fold_rows(dataset, options));
}

}  // namespace evomlp
