// SPDX-License-Identifier: MIT
// The matrix product of few rows where both factors lie along the sum: dot products. Nothing is packed, which would
// cost more than the product.
#pragma once

#include "evomlp/kernels/tile.hpp"

#include <cstddef>

namespace evomlp::kernels::detail {

/// R rows of A with `columns` columns of B.
template <class V, std::size_t R, std::size_t columns, class T>
void dot_tile(std::size_t depth, const Strided<const T>& a, const Strided<const T>& b, const Strided<const T>& start,
              const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes;
  const std::size_t whole = depth - depth % lanes;
  V sum[R][columns];
  EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) sum[r][q] = V(T(0));
  }
  for (std::size_t k = 0; k < whole; k += lanes) {
    V x[R];
    EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) x[r] = load<V>(&a(r, k));
    EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) {
      const V y = load<V>(&b(k, q));
      EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) sum[r][q] = multiply_add(x[r], y, sum[r][q]);
    }
  }
  EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < columns; ++q) {
      T rest = start.data ? start(r, q) : T(0);
      for (std::size_t k = whole; k < depth; ++k) rest += a(r, k) * b(k, q);
      c(r, q) = sum_of_lanes(sum[r][q]) + rest;
    }
  }
}

/// C = A B + start (0 without) for rows of A and columns of B that are contiguous: a.col = b.row = 1.
template <class V, class T>
void dot_products(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                  const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  const auto tile = [&]<std::size_t R, std::size_t columns>(std::size_t i, std::size_t j) {
    dot_tile<V, R, columns, T>(depth, a.from(i, 0), b.from(0, j), start.from(i, j), c.from(i, j));
  };
  const std::size_t pairs = rows - rows % 2, fours = cols - cols % 4;
  for (std::size_t i = 0; i < pairs; i += 2) {
    for (std::size_t j = 0; j < fours; j += 4) tile.template operator()<2, 4>(i, j);
    for (std::size_t j = fours; j < cols; ++j) tile.template operator()<2, 1>(i, j);
  }
  if (pairs < rows) {
    for (std::size_t j = 0; j < fours; j += 4) tile.template operator()<1, 4>(pairs, j);
    for (std::size_t j = fours; j < cols; ++j) tile.template operator()<1, 1>(pairs, j);
  }
}

}  // namespace evomlp::kernels::detail
