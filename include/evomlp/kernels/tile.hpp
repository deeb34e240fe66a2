// SPDX-License-Identifier: MIT
// Where a product's operands lie, and the tile that all of it comes down to: as many sums as the registers hold (what
// others call a micro-kernel; tiled_product.hpp has the packed panels and the loops around it).
#pragma once

#include "evomlp/core/number.hpp"

#include <algorithm>
#include <cstddef>

// g++ keeps an array of accumulators in memory unless the loop over it is unrolled.
#if defined(__clang__) || defined(__GNUC__)
#define EVOMLP_UNROLL _Pragma("GCC unroll 16")
#else
#define EVOMLP_UNROLL
#endif

namespace evomlp::kernels::detail {

/// Element (i, j) lies at data[i · row + j · col]: a matrix, its transpose, or one row for every i (row = 0).
template <class T>
struct Strided {
  T* data;
  std::size_t row, col;

  T& operator()(std::size_t i, std::size_t j) const { return data[i * row + j * col]; }
  Strided from(std::size_t i, std::size_t j) const { return {data ? data + i * row + j * col : data, row, col}; }
  Strided transposed() const { return {data, col, row}; }
};

/// One or two vectors of neighbouring columns: row i begins at data + i · row, its second vector `second` further. (Two
/// that overlap make the tail of a row: the overlap is computed twice, instead of masked.)
template <class T>
struct Panel {
  T* data;
  std::size_t row, second;
};

// Bare vectors are wrapped for one operation only: g++ 12 keeps an array of Numbers in memory, which costs 24 %.
template <class V, class T>
V load(const T* from) {
  return Number<V>::load(from).v;
}
template <class V, class T>
void store(V value, T* to) {
  Number<V>(value).store(to);
}
template <class V>
V multiply_add(V a, V b, V c) {
  return fma(Number<V>(a), Number<V>(b), Number<V>(c)).v;
}

/// The sum over the lanes.
template <class V>
auto sum_of_lanes(V v) {
  if constexpr (Number<V>::lanes == 1) return v;
  else return evomlp::detail::LaneSums<V>::of(v);
}

/// How many of `rows` rows of `cols` numbers, `row` apart, a whole vector can be read from without leaving the last
/// one: what it holds of the next row is not used.
template <std::size_t lanes>
std::size_t whole_vectors(std::size_t rows, std::size_t cols, std::size_t row) {
  const std::size_t beyond = cols < lanes ? (lanes - cols + row - 1) / row : 0;
  return rows - (std::min)(rows, beyond);
}

/// Whether the rows of start and C are contiguous, so that vectors can be read and written.
template <class T>
bool has_contiguous_rows(const Strided<const T>& start, const Strided<T>& c) {
  return c.col == 1 && (!start.data || start.col == 1);
}

/// C = A B + start for R rows. start may be C, and null for 0.
///
/// References: copies of the small structs are written in halves and read whole, which the processor can't forward.
template <class V, std::size_t R, std::size_t vectors, class T>
void tile(std::size_t depth, const Strided<const T>& a, const Panel<const T>& b, const Panel<const T>& start,
          const Panel<T>& c) {
  V sum[R][vectors];
  EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) sum[r][q] =
        start.data ? load<V>(start.data + r * start.row + q * start.second) : V(T(0));
  }
  const T *x = a.data, *from = b.data;
  for (std::size_t k = 0; k < depth; ++k, x += a.col, from += b.row) {
    V columns[vectors];
    EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) columns[q] = load<V>(from + q * b.second);
    EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
      const V v(x[r * a.row]);
      EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) sum[r][q] = multiply_add(v, columns[q], sum[r][q]);
    }
  }
  EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) store(sum[r][q], c.data + r * c.row + q * c.second);
  }
}

}  // namespace evomlp::kernels::detail
