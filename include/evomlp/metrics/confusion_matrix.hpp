// SPDX-License-Identifier: MIT
// ConfusionMatrix: which class is taken for which.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/index_of_largest.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/metrics/metric.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

/// `matrix(true class, predicted class)` counts samples. With class labels the predicted class is the largest output,
/// the first of equals; with a matrix of targets there must be one output, a logit, and the classes are 0 and 1 (above 0;
/// a target above ½). A sample with a NaN among its outputs is taken for no class, and counted in `unclassified`. Its
/// `value()` is the balanced accuracy: the mean recall of the classes that occur.
struct ConfusionMatrix {
  static constexpr std::string_view name = "balanced accuracy";
  static constexpr bool larger_is_better = true;
  static constexpr bool fits(std::size_t outputs, bool labelled) { return labelled || outputs == 1; }

  std::size_t classes = 0;
  std::vector<std::uint64_t> counts{};        // [true][predicted], row-major
  std::vector<std::uint64_t> unclassified{};  // [true]

  void add(auto y, auto target) {
    constexpr bool labelled = requires { target[0]; };
    if (!fits(y.cols, labelled))
      throw DataError(detail::concat(
          {"ConfusionMatrix: ", y.cols, " outputs with a matrix of targets, expected one logit, or class labels"}));
    classes = labelled ? y.cols : 2;
    counts.resize(classes * classes);
    unclassified.resize(classes);
    for (std::size_t i = 0; i < y.rows; ++i) {
      std::size_t label = 0, predicted = 0;
      if constexpr (labelled) {
        label = static_cast<std::size_t>(target[i]);
        predicted = detail::index_of_largest(std::span(&y(i, 0), y.cols));
      } else {
        label = static_cast<double>(target(i, 0)) > 0.5 ? 1 : 0;
        predicted = y(i, 0) > 0 ? 1 : 0;
      }
      const auto output = y(i, labelled ? predicted : 0);
      ++(output == output ? counts[label * classes + predicted] : unclassified[label]);
    }
  }
  void reduce(auto over_all) { over_all(counts, unclassified); }
  /// Throws DataError for a class that isn't there.
  std::uint64_t operator()(std::size_t label, std::size_t predicted) const {
    if ((std::max)(label, predicted) >= classes)
      throw DataError(
          detail::concat({"ConfusionMatrix: there is no class ", (std::max)(label, predicted), " of ", classes}));
    return counts[label * classes + predicted];
  }

  /// Share of the samples of a class that were taken for it; of those taken for it that are of it. 0 where there are
  /// none.
  double recall(std::size_t label) const {
    const std::uint64_t right = (*this)(label, label);
    return ratio(right, samples_of(label));
  }
  double precision(std::size_t label) const {
    const std::uint64_t right = (*this)(label, label);
    return ratio(right, sum(label, classes));
  }
  /// Harmonic mean of the two.
  double f1(std::size_t label) const {
    const double p = precision(label), r = recall(label);
    return p + r > 0 ? 2 * p * r / (p + r) : 0;
  }
  double value() const {
    double recalls = 0, occurring = 0;
    for (std::size_t label = 0; label < classes; ++label) {
      recalls += recall(label);
      occurring += samples_of(label) > 0 ? 1 : 0;
    }
    return occurring > 0 ? recalls / occurring : 0;
  }

  /// A table, a row for each true class: as which class its samples were taken, recall, precision and F1. `names` of the
  /// classes, or their numbers; DataError for another number of names.
  template <class = detail::WhereCalled>
  std::string to_string(std::span<const std::string> names = {}) const {
    if (!names.empty() && names.size() != classes)
      throw DataError(detail::concat({"ConfusionMatrix: got ", names.size(), " names, expected ", classes}));
    const auto name_of = [&](std::size_t label) { return names.empty() ? std::to_string(label) : names[label]; };
    const bool none =
        std::any_of(unclassified.begin(), unclassified.end(), [](std::uint64_t count) { return count > 0; });
    TextTable::Row header{"class"};
    for (std::size_t label = 0; label < classes; ++label) header.push_back("as " + name_of(label));
    if (none) header.emplace_back("as none");
    header.insert(header.end(), {"recall", "precision", "f1"});
    TextTable table(std::move(header), 1);
    for (std::size_t label = 0; label < classes; ++label) {
      TextTable::Row row{name_of(label)};
      for (std::size_t predicted = 0; predicted < classes; ++predicted)
        row.push_back(std::to_string((*this)(label, predicted)));
      if (none) row.push_back(std::to_string(unclassified[label]));
      for (const double share : {recall(label), precision(label), f1(label)})
        row.push_back(detail::number_text(share, 3));
      table.add(std::move(row));
    }
    return table.text();
  }
  template <class = detail::WhereCalled>
  void print(std::span<const std::string> names = {}, std::FILE* to = stdout) const {
    std::fputs(to_string(names).c_str(), to);
  }

 private:
  std::uint64_t samples_of(std::size_t label) const { return sum(label * classes, 1) + unclassified[label]; }
  std::uint64_t sum(std::size_t first, std::size_t stride) const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < classes; ++i) total += counts[first + i * stride];
    return total;
  }
  static double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

}  // namespace evomlp
