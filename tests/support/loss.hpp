// SPDX-License-Identifier: MIT
// Runs a loss alone, as training and evaluation do, and compares it with reference numbers and finite differences.
#pragma once

#include "evomlp/kernels/native.hpp"
#include "evomlp/losses/loss.hpp"
#include "reference/case.hpp"
#include "support/close.hpp"
#include "support/draw.hpp"
#include "support/guarded.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace kernels = evomlp::kernels;

namespace evomlp_test {

template <class T>
struct LossResult {
  double value = 0;        ///< with the gradient asked for
  double value_alone = 0;  ///< without: what evaluate does
  std::vector<T> gradient;
};

/// `target`: (rows, cols) numbers, or a label for each row where the loss takes labels.
template <class T, class Isa = evomlp::isa::ThisTarget, class L, class Target>
LossResult<T> run_loss(const L& loss, std::size_t rows, std::size_t cols, std::span<const T> y,
                       std::span<const Target> target) {
  using evomlp::kernels::Matrix;
  Guarded<T> prediction(y.size(), 1, 0), gradient(y.size(), 1, 3);
  std::copy(y.begin(), y.end(), prediction.data());
  const auto to = [&] {
    if constexpr (std::is_same_v<Target, std::int32_t>)
      return evomlp::detail::LabelView{target.data(), target.size()};
    else
      return kernels::Matrix<const T, Isa>{target.data(), rows, cols};
  }();
  const kernels::Matrix<T, Isa> z{prediction.data(), rows, cols};
  LossResult<T> result;
  result.value = evomlp::detail::loss_of(loss, z, to, kernels::Matrix<T, Isa>{gradient.data(), rows, cols});
  result.value_alone = evomlp::detail::loss_of(loss, z, to, kernels::Matrix<T, Isa>{nullptr, 0, cols});
  REQUIRE(gradient.intact());
  REQUIRE(std::equal(y.begin(), y.end(), prediction.data(),
                     [](T a, T b) { return a == b || (std::isnan(a) && std::isnan(b)); }));
  result.gradient.assign(gradient.values().begin(), gradient.values().end());
  return result;
}

/// Value and gradient of a reference case; `tolerance` is relative to the value, and to the largest entry.
template <class T, class Isa, class L>
void check_loss_case(const L& loss, const evomlp_reference::LossCase& c, double tolerance) {
  INFO(std::string(c.what));
  std::vector<T> y, target;
  for (const double v : c.prediction) y.push_back(static_cast<T>(v));
  for (const double v : c.target) target.push_back(static_cast<T>(v));
  const auto result = [&] {
    if constexpr (evomlp::detail::takes_labels<L>())
      return run_loss<T, Isa>(loss, c.rows, c.cols, std::span<const T>(y), c.labels);
    else
      return run_loss<T, Isa>(loss, c.rows, c.cols, std::span<const T>(y), std::span<const T>(target));
  }();
  const double bound = tolerance * std::abs(c.value) + 1e-300;
  CHECK(std::abs(result.value - c.value) <= bound);
  CHECK(std::abs(result.value_alone - c.value) <= bound);
  CHECK(difference(result.gradient, c.gradient, (std::max)(largest(c.gradient), 1e-30)) <= tolerance);
}

/// The gradient against a four-point difference of the value, in double; the largest error relative to the largest
/// entry.
template <class L, class Target>
double gradient_error(const L& loss, std::size_t rows, std::size_t cols, std::vector<double> y,
                      std::span<const Target> target) {
  const auto result = run_loss<double>(loss, rows, cols, std::span<const double>(y), target);
  std::vector<double> numeric;
  for (double& v : y) {
    const double before = v, h = 1e-3;
    const auto at = [&](double by) {
      v = before + by;
      const double value = run_loss<double>(loss, rows, cols, std::span<const double>(y), target).value_alone;
      v = before;
      return value;
    };
    numeric.push_back((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h));
  }
  return difference(result.gradient, numeric);
}

/// gradient_error of normal predictions and targets in batches of several shapes, one row and one column among them.
template <class L>
void check_gradient_by_differences(const L& loss, double tolerance) {
  Draw draw(3);
  for (const auto& shape : std::array<std::array<std::size_t, 2>, 4>{{{1, 1}, {1, 5}, {7, 1}, {5, 3}}}) {
    const std::size_t rows = shape[0], cols = shape[1];
    CAPTURE(rows);
    CAPTURE(cols);
    std::vector<double> y(rows * cols), t(rows * cols);
    draw.fill_normal(std::span(y));
    draw.fill_normal(std::span(t));
    CHECK(gradient_error(loss, rows, cols, y, std::span<const double>(t)) < tolerance);
  }
}

}  // namespace evomlp_test
