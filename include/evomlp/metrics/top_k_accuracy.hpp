// SPDX-License-Identifier: MIT
// TopKAccuracy: the share of the samples whose class is among the k likeliest.
#pragma once

#include "evomlp/metrics/metric.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace evomlp {

namespace detail {

/// "top-5 accuracy", at compile time.
template <std::size_t number, std::size_t m, std::size_t n>
constexpr auto with_number(const char (&before)[m], const char (&after)[n]) {
  constexpr std::size_t digits = [] {
    std::size_t count = 1;
    for (std::size_t rest = number; rest >= 10; rest /= 10) ++count;
    return count;
  }();
  std::array<char, m - 1 + digits + n - 1> text{};
  std::copy_n(before, m - 1, text.begin());
  std::size_t rest = number;
  for (std::size_t i = 0; i < digits; ++i, rest /= 10) text[m - 2 + digits - i] = static_cast<char>('0' + rest % 10);
  std::copy_n(after, n - 1, text.begin() + m - 1 + digits);
  return text;
}

}  // namespace detail

/// Share of the rows in which fewer than k outputs are before the label's: larger, or as large with a smaller index, or
/// NaN. So TopKAccuracy<1> is the accuracy of CrossEntropyLoss, also where a network gives all classes the same. A NaN
/// at the label is wrong. For class labels.
template <std::size_t k>
struct TopKAccuracy {
  static_assert(k > 0, "evomlp::TopKAccuracy: k is 0, expected at least 1");
  static constexpr auto text = detail::with_number<k>("top-", " accuracy");
  static constexpr std::string_view name{text.data(), text.size()};
  static constexpr bool larger_is_better = true, takes_labels = true;
  std::size_t right = 0, rows = 0;

  void add(auto y, auto labels) {
    rows += y.rows;
    for (std::size_t i = 0; i < y.rows; ++i) {
      const auto label = static_cast<std::size_t>(labels[i]);
      const auto of_label = y(i, label);
      std::size_t before = 0;
      for (std::size_t j = 0; j < y.cols; ++j)
        before += y(i, j) < of_label || (y(i, j) == of_label && j >= label) ? 0 : 1;
      right += before < k && of_label == of_label ? 1 : 0;
    }
  }
  void reduce(auto over_all) { over_all(right, rows); }
  double value() const { return static_cast<double>(right) / static_cast<double>(rows); }
};

}  // namespace evomlp
