// SPDX-License-Identifier: MIT
// The matrix product of few rows where both factors lie along the sum: dot products. Nothing is packed, which would
// cost more than the product.
#pragma once

#include "evomlp/kernels/tile.hpp"

#include <cstddef>

namespace evomlp::kernels::detail {

/// One row of A with `columns` columns of B, side by side: one alone would wait for each multiply-add.
template <class V, std::size_t columns, class T>
void dots(std::size_t depth, const T* a, const Strided<const T>& b, const Strided<const T>& start,
          const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes;
  const std::size_t whole = depth - depth % lanes;
  V sum[columns];
  EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) sum[q] = V(T(0));
  for (std::size_t k = 0; k < whole; k += lanes) {
    const V x = load<V>(a + k);
    EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) sum[q] = multiply_add(x, load<V>(&b(k, q)), sum[q]);
  }
  T tail[columns];
  for (std::size_t q = 0; q < columns; ++q) tail[q] = start.data ? start(0, q) : T(0);
  for (std::size_t k = whole; k < depth; ++k) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) tail[q] += a[k] * b(k, q);
  }
  EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) c(0, q) = sum_of_lanes(sum[q]) + tail[q];
}

/// C = A B + start (0 without) for rows of A and columns of B that are contiguous: a.col = b.row = 1.
template <class V, class T>
void dot_product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                 const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  const std::size_t fours = cols - cols % 4;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < fours; j += 4)
      dots<V, 4, T>(depth, &a(i, 0), b.from(0, j), start.from(i, j), c.from(i, j));
    for (std::size_t j = fours; j < cols; ++j)
      dots<V, 1, T>(depth, &a(i, 0), b.from(0, j), start.from(i, j), c.from(i, j));
  }
}

}  // namespace evomlp::kernels::detail
