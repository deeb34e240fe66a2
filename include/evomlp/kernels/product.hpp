// SPDX-License-Identifier: MIT
// The matrix product: register-blocked, sizes and strides at run time, nothing on the heap.
//
// It knows plain memory only, no destinations: every net and every layer then shares one set of tiles, and a compiler
// makes them once. (A tile for each destination saved one pass over results that lie in L1, and cost 10 s a program.)
#pragma once

#include "evomlp/core/number.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>

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

template <class V, class T>
V load(const T* from) {
  if constexpr (std::is_floating_point_v<V>)
    return *from;
  else
    return V::load_unaligned(from);
}
template <class V, class T>
void store(V value, T* to) {
  if constexpr (std::is_floating_point_v<V>)
    *to = value;
  else
    value.store_unaligned(to);
}
template <class V>
V multiply_add(V a, V b, V c) {
  if constexpr (std::is_floating_point_v<V>)
    return a * b + c;
  else
    return fma(a, b, c);
}

/// C = A B + start for R rows. start may be C, and null for 0.
///
/// Bare vectors, not Numbers: g++ 12 keeps an array of wrapped ones in memory, which costs 24 %. References: copies of
/// the small structs are written in halves and read whole, which the processor can't forward.
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

/// Calls tiles.operator()<R>(i) for each tile of R rows that begins at row i. The tallest fills the registers: 32 of 64
/// bytes, or 16 of less.
template <class V>
void for_each_tile(std::size_t rows, const auto& tiles) {
  std::size_t i = 0;
  const auto run = [&]<std::size_t R>(std::size_t end) {
    for (; i + R <= end; i += R) tiles.template operator()<R>(i);
  };
  if constexpr (sizeof(V) == 64) {
    run.template operator()<12>(rows);
    run.template operator()<8>(rows);
  } else {
    run.template operator()<6>(rows % 6 == 2 && rows >= 8 ? rows - 8 : rows);  // two fours: better than a six and a two
  }
  run.template operator()<4>(rows);
  run.template operator()<2>(rows);
  run.template operator()<1>(rows);
}

/// All rows of C in `cols` columns. Where they are no neighbours or fewer than a vector, a tile is made aside.
template <class V, std::size_t vectors, class T>
void strip(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a, const Panel<const T>& b,
           const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes, width = vectors * lanes;
  const bool direct = c.col == 1 && cols >= lanes;
  const std::size_t second = cols - lanes;
  for_each_tile<V>(rows, [&]<std::size_t R>(std::size_t i) {
    const auto from = start.from(i, 0);
    const auto to = c.from(i, 0);
    const auto left = a.from(i, 0);
    if (direct) {
      tile<V, R, vectors, T>(depth, left, b, {from.data, from.row, second}, {to.data, to.row, second});
    } else {
      T aside[R * width];
      tile<V, R, vectors, T>(depth, left, b, {nullptr, 0, 0}, {aside, width, lanes});
      for (std::size_t r = 0; r < R; ++r)
        for (std::size_t j = 0; j < cols; ++j) to(r, j) = aside[r * width + j] + (from.data ? from(r, j) : T(0));
    }
  });
}

/// Copies the columns [0, cols) of B into rows that are `width` wide, `filled` of it with zeros behind them.
template <class Isa, class T>
void pack(std::size_t depth, std::size_t cols, std::size_t filled, const Strided<const T>& b, std::size_t width, T* to) {
  std::size_t done = 0;
  if constexpr (requires { Isa::template square<T>; }) {  // a transpose in registers, square by square
    constexpr std::size_t n = Isa::template square<T>;
    if (b.row == 1 && cols % n == 0)
      for (; done + n <= depth; done += n)
        for (std::size_t j = 0; j < cols; j += n) Isa::transpose(&b(done, j), b.col, to + done * width + j, width);
  }
  for (std::size_t j = 0; j < filled; ++j)
    for (std::size_t k = done; k < depth; ++k) to[k * width + j] = j < cols ? b(k, j) : T(0);
}

/// Copies one or two vectors of columns of B, the second of them `second` further, the last of them `last` wide and
/// filled up with zeros.
template <class Isa, class T>
void pack_panel(std::size_t depth, std::size_t vectors, std::size_t second, std::size_t last, const Strided<const T>& b, T* to) {
  using V = typename Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  const std::size_t width = vectors * lanes;
  if (b.col == 1 && last == lanes) {
    for (std::size_t k = 0; k < depth; ++k) {
      store(load<V>(&b(k, 0)), to + k * width);
      if (vectors == 2) store(load<V>(&b(k, second)), to + k * width + lanes);
    }
  } else {
    for (std::size_t q = 0; q < vectors; ++q)
      pack<Isa, T>(depth, q + 1 == vectors ? last : lanes, lanes, b.from(0, q * second), width, to + q * lanes);
  }
}

/// C = A B + start (0 without), A rows × depth, B depth × cols.
///
/// B is packed, two vectors of columns at a time, where its rows are far apart (strides of 512 B to 8 KB alias in L1
/// and halve the speed), where it is transposed, and where columns are missing to a whole vector.
template <class Isa, class T>
void product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a, const Strided<const T>& b,
             const Strided<const T>& start, const Strided<T>& c) {
  using V = typename Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes, width = 2 * lanes;
  constexpr std::size_t panel_depth = 1024 / sizeof(T);
  if (2 * cols <= lanes && rows > cols)  // the narrow one is turned into a low one
    return product<Isa, T>(cols, rows, depth, b.transposed(), a.transposed(), start.transposed(), c.transposed());
  alignas(64) T packed[panel_depth * width];
  const std::size_t parts = depth / panel_depth + 1, part_depth = (depth + parts - 1) / parts;
  for (std::size_t k = 0; k == 0 || k < depth; k += part_depth) {
    const std::size_t part = (std::min)(part_depth, depth - k);
    const Strided<const T> sums = k == 0 ? start : Strided<const T>{c.data, c.row, c.col};
    for (std::size_t j = 0, count; j < cols; j += count) {
      const std::size_t rest = cols - j;
      // A tail below a vector is made with the vector before it.
      count = rest > width && rest < width + lanes ? lanes : (std::min)(rest, width);
      const bool two = count > lanes, overlap = c.col == 1 && two;
      Panel<const T> panel{&b(k, j), b.row, count - lanes};
      if (b.col != 1 || cols > 64 || count < lanes || (!overlap && count % lanes != 0)) {
        pack_panel<Isa, T>(part, two ? 2 : 1, overlap ? count - lanes : lanes, overlap ? lanes : two ? count - lanes : count,
                        b.from(k, j), packed);
        panel = {packed, two ? width : lanes, lanes};
      }
      two ? strip<V, 2, T>(rows, count, part, a.from(0, k), panel, sums.from(0, j), c.from(0, j))
          : strip<V, 1, T>(rows, count, part, a.from(0, k), panel, sums.from(0, j), c.from(0, j));
    }
  }
}

}  // namespace evomlp::kernels::detail
