// SPDX-License-Identifier: MIT
// Softmax of each row, stable for any finite input.
#pragma once

#include "evomlp/kernels/each.hpp"

#include <cstddef>

namespace evomlp::kernels {

/// y(i, j) = exp(x(i, j) − m_i) / s_i with m_i the row's largest and s_i the row's sum. y may be x.
/// `row(i, m_i, s_i)` is called for each row: log s_i + m_i is the row's log-sum-exp.
template <class X, class Y, class F>
void softmax(X x, Y y, F row) {
  using T = typename Y::Scalar;
  for (std::size_t i = 0; i < y.rows; ++i) {
    T largest = x(i, 0);
    for (std::size_t j = 1; j < y.cols; ++j) largest = x(i, j) > largest ? x(i, j) : largest;
    each(
        y.row(i), [=](auto v) { return exp(v - largest); }, x.row(i));
    double exact = 0;  // thousands of floats, one after the other, lose digits
    for (std::size_t j = 0; j < y.cols; ++j) exact += static_cast<double>(y(i, j));
    const T sum = static_cast<T>(exact);
    row(i, largest, sum);
    each(
        y.row(i), [scale = 1 / sum](auto v) { return v * scale; }, y.row(i));
  }
}

}  // namespace evomlp::kernels
