// SPDX-License-Identifier: MIT
// Value and gradient of each loss at every width around the vectors, in small and large batches, against its formula in
// double; and a NaN, which stays where it is.
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "support/draw.hpp"
#include "support/loss.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using evomlp_test::Draw;
using evomlp_test::run_loss;

namespace {

/// A batch: outputs z, numbers t in [0, 1] and labels to compare them with, all exact in float.
struct Batch {
  Batch(std::size_t rows_, std::size_t cols_, Draw& draw)
      : rows(rows_), cols(cols_), z(rows * cols), t(rows * cols), labels(rows) {
    draw.fill_normal(std::span(z));
    for (float& v : t) v = static_cast<float>(draw.uniform(0, 1));
    for (auto& label : labels) label = static_cast<std::int32_t>(draw.size(0, cols - 1));
  }

  std::size_t rows, cols;
  std::vector<float> z, t;
  std::vector<std::int32_t> labels;
};

/// What a loss should be, and by how many epsilons the value (times the number of rows) and an element of the gradient
/// may differ: a formula is a few roundings, a run of `kernels::total` 32 more, a row's softmax one for each column.
struct Expected {
  double value = 0, value_bound = 0;
  std::vector<double> gradient, gradient_bound;

  void add(double loss, double slope, double share, double size) {
    value += share * loss;
    value_bound += 40 * share * size;
    gradient.push_back(share * slope);
    gradient_bound.push_back(8 * share * size);
  }
};

Expected mse(const Batch& b) {
  Expected e;
  for (std::size_t i = 0; i < b.z.size(); ++i) {
    const double z = b.z[i], t = b.t[i], d = z - t;
    e.add(d * d, 2 * d, 1 / static_cast<double>(b.z.size()), (std::abs(z) + t) * (1 + std::abs(d)));
  }
  return e;
}

Expected bce(const Batch& b) {
  Expected e;
  for (std::size_t i = 0; i < b.z.size(); ++i) {
    const double z = b.z[i], t = b.t[i];
    e.add(std::log1p(std::exp(z)) - z * t, 1 / (1 + std::exp(-z)) - t, 1 / static_cast<double>(b.z.size()),
          1 + std::abs(z));
  }
  return e;
}

Expected cross_entropy(const Batch& b) {
  Expected e;
  const double share = 1 / static_cast<double>(b.rows), roundings = static_cast<double>(b.cols) + 16;
  for (std::size_t i = 0; i < b.rows; ++i) {
    const auto label = static_cast<std::size_t>(b.labels[i]);
    double sum = 0, largest = 0;
    for (std::size_t j = 0; j < b.cols; ++j) {
      sum += std::exp(static_cast<double>(b.z[i * b.cols + j]));
      largest = (std::max)(largest, std::abs(static_cast<double>(b.z[i * b.cols + j])));
    }
    e.value += share * (std::log(sum) - static_cast<double>(b.z[i * b.cols + label]));
    e.value_bound += share * (roundings + 32 + 4 * largest);
    for (std::size_t j = 0; j < b.cols; ++j) {
      const double p = std::exp(static_cast<double>(b.z[i * b.cols + j])) / sum, one = j == label ? 1 : 0;
      e.gradient.push_back(share * (p - one));
      e.gradient_bound.push_back(share * ((roundings + 4 * largest) * p + 4 * one));
    }
  }
  return e;
}

template <class Isa, class T>
auto run(const auto& loss, const Batch& b) {
  const std::vector<T> z(b.z.begin(), b.z.end()), t(b.t.begin(), b.t.end());
  if constexpr (evomlp::detail::takes_labels<std::remove_cvref_t<decltype(loss)>>())
    return run_loss<T, Isa>(loss, b.rows, b.cols, std::span<const T>(z), std::span<const std::int32_t>(b.labels));
  else
    return run_loss<T, Isa>(loss, b.rows, b.cols, std::span<const T>(z), std::span<const T>(t));
}

void check(const auto& loss, auto formula) {
  Draw draw(5);
  const auto one = [&](std::size_t rows, std::size_t cols) {
    CAPTURE(rows);
    CAPTURE(cols);
    Batch b(rows, cols, draw);
    const Expected expected = formula(b);
    const std::size_t at = draw.size(0, b.z.size() - 1);
    evomlp_test::over_few_setups([&]<class Isa, class T>() {
      CAPTURE(sizeof(T));
      const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
      const auto got = run<Isa, T>(loss, b);
      REQUIRE(std::abs(got.value - expected.value) <= eps * expected.value_bound);
      REQUIRE(std::abs(got.value_alone - expected.value) <= eps * expected.value_bound);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < b.z.size(); ++i)
        wrong +=
            std::abs(static_cast<double>(got.gradient[i]) - expected.gradient[i]) <= eps * expected.gradient_bound[i]
                ? 0
                : 1;
      REQUIRE(wrong == 0);

      const float before = b.z[at];
      b.z[at] = std::numeric_limits<float>::quiet_NaN();
      const auto with_nan = run<Isa, T>(loss, b);
      b.z[at] = before;
      REQUIRE((std::isnan(with_nan.value) && std::isnan(with_nan.value_alone)));
      const bool whole_row = evomlp::detail::takes_labels<std::remove_cvref_t<decltype(loss)>>();
      for (std::size_t i = 0; i < b.z.size(); ++i)
        wrong += std::isnan(with_nan.gradient[i]) == (whole_row ? i / cols == at / cols : i == at) ? 0 : 1;
      REQUIRE(wrong == 0);
    });
  };
  for (const std::size_t rows : {1u, 2u, 5u})
    for (std::size_t cols = 1; cols <= 36; ++cols) one(rows, cols);
  for (int i = 0; i < 40; ++i) {
    const std::size_t rows = draw.size(1, 257), cols = draw.edge();
    one(rows, cols);
  }
  one(3, 1025);
}

}  // namespace

TEST_CASE("MSELoss at every shape") { check(evomlp::MSELoss{}, mse); }
TEST_CASE("BCEWithLogitsLoss at every shape") { check(evomlp::BCEWithLogitsLoss{}, bce); }
TEST_CASE("CrossEntropyLoss at every shape") { check(evomlp::CrossEntropyLoss{}, cross_entropy); }
