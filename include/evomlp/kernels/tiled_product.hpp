// SPDX-License-Identifier: MIT
// The matrix product: register-blocked, sizes and strides at run time, nothing on the heap.
//
// It knows plain memory only, no destinations: every net and every layer then shares one set of tiles, and a compiler
// makes them once. (A tile for each destination saved one pass over results that lie in L1, and took three
// times as long to compile.)
#pragma once

#include "evomlp/kernels/tile.hpp"

#include <algorithm>
#include <cstddef>

namespace evomlp::kernels::detail {

/// The rows of the tallest tile, which fills the registers: 32 of 64 bytes, or x86's 16 of less.
template <class V>
inline constexpr std::size_t tallest = sizeof(V) == 64 ? 12 : 6;

/// How many of the rows that are left the next tile takes.
template <class V>
std::size_t tile_rows(std::size_t left) {
  if (left >= tallest<V> && (tallest<V> != 6 || left != 8)) return tallest<V>;  // two fours: better than a six and a two
  if (tallest<V> > 8 && left >= 8) return 8;
  return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

template <class T>
using Tile = void (*)(std::size_t depth, const Strided<const T>& a, const Panel<const T>& b,
                      const Panel<const T>& start, const Panel<T>& c);

/// The tile of so many rows as tile_rows gives.
template <class V, std::size_t vectors, class T>
Tile<T> tile_of(std::size_t rows) {
  if constexpr (tallest<V> > 8)
    if (rows == 8) return tile<V, 8, vectors, T>;
  if (rows == 4) return tile<V, 4, vectors, T>;
  if (rows == 2) return tile<V, 2, vectors, T>;
  return rows == 1 ? tile<V, 1, vectors, T> : tile<V, tallest<V>, vectors, T>;
}

/// to = from + start (0 without).
template <class T>
void add(std::size_t rows, std::size_t cols, const Strided<const T>& from, const Strided<const T>& start,
         const Strided<T>& to) {
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) to(i, j) = from(i, j) + (start.data ? start(i, j) : T(0));
}

/// All rows of C in `cols` columns: the first `direct` rows at once, the others by way of a tile made aside.
template <class V, class T>
void strip(std::size_t direct, std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
           const Panel<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes, width = 2 * lanes;
  const std::size_t second = cols - lanes;
  for (std::size_t i = 0, height; i < rows; i += height) {
    height = tile_rows<V>(rows - i);
    const Tile<T> make = cols > lanes ? tile_of<V, 2, T>(height) : tile_of<V, 1, T>(height);
    const auto left = a.from(i, 0);
    const auto from = start.from(i, 0);
    const auto to = c.from(i, 0);
    if (i + height <= direct) {
      make(depth, left, b, {from.data, from.row, second}, {to.data, to.row, second});
    } else {
      T aside[tallest<V> * width];
      make(depth, left, b, {nullptr, 0, 0}, {aside, width, lanes});
      add<T>(height, cols, {aside, width, 1}, from, to);
    }
  }
}

/// Copies `cols` columns of B into a vector's width of rows that are `width` wide. What lies in the lanes behind them is
/// not used, but multiplied: other numbers of B or 0, never what the stack had there, which often reads as a subnormal
/// number, and those take some processors a hundred cycles each.
template <class Isa, class T>
void pack(std::size_t depth, std::size_t cols, const Strided<const T>& b, std::size_t width, T* to) {
  using V = typename Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  std::size_t done = 0;
  if (b.col == 1) {
    for (const std::size_t whole = whole_vectors<lanes>(depth, cols, b.row); done < whole; ++done)
      store(load<V>(&b(done, 0)), to + done * width);
  } else if constexpr (requires { Isa::template square<T>; }) {  // a transpose in registers, square by square
    constexpr std::size_t n = Isa::template square<T>;
    if (b.row == 1 && cols >= n && depth >= n)  // the last squares may overlap those before them
      for (; done < depth; done = (std::min)(done + n, depth)) {
        const std::size_t k = (std::min)(done, depth - n);
        if (cols < lanes)
          for (std::size_t i = 0; i < n; ++i) store(V(T(0)), to + (k + i) * width);
        for (std::size_t done_cols = 0; done_cols < cols; done_cols += n) {
          const std::size_t j = (std::min)(done_cols, cols - n);
          Isa::transpose(&b(k, j), b.col, to + k * width + j, width);
        }
      }
  }
  for (std::size_t k = done; k < depth; ++k)
    for (std::size_t j = 0; j < lanes; ++j) to[k * width + j] = j < cols ? b(k, j) : T(0);
}

/// How many of the columns that are left the next strip takes: two vectors, or one, or what there is. (A tail below a vector
/// is made with the vector before it.)
template <std::size_t lanes>
std::size_t strip_width(std::size_t left) {
  return left > 2 * lanes && left < 3 * lanes ? lanes : (std::min)(left, 2 * lanes);
}

/// The product where sums are short, rows contiguous and no narrower than a vector, and B stays in L1. Then writing C is
/// much of the work, and wants whole rows one after the other: for a sum of two, strips of columns take twice as long.
template <class V, class T>
void short_product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                   const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes;
  for (std::size_t i = 0, height; i < rows; i += height) {
    height = tile_rows<V>(rows - i);
    const Tile<T> two = tile_of<V, 2, T>(height), one = tile_of<V, 1, T>(height);
    const auto left = a.from(i, 0);
    for (std::size_t j = 0, count; j < cols; j += count) {
      count = strip_width<lanes>(cols - j);
      const std::size_t second = count - lanes;
      (count > lanes ? two : one)(depth, left, {b.from(0, j).data, b.row, second},
                                  {start.from(i, j).data, start.row, second}, {c.from(i, j).data, c.row, second});
    }
  }
}

/// A column times a row, both rows and C's contiguous and no narrower than a vector. Nothing is summed, so a tile would
/// only hold up the writing.
template <class V, class T>
void outer_product(std::size_t rows, std::size_t cols, const Strided<const T>& a, const T* b,
                   const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes;
  for (std::size_t i = 0; i < rows; ++i) {
    const V v(a(i, 0));
    const T* const from = start.from(i, 0).data;
    T* const to = &c(i, 0);
    for (std::size_t j = 0; j < cols; j += lanes) {
      const std::size_t at = (std::min)(j, cols - lanes);
      store(multiply_add(v, load<V>(b + at), from ? load<V>(from + at) : V(T(0))), to + at);
    }
  }
}

/// C = A B + start (0 without), A rows × depth, B depth × cols, all of any strides.
///
/// B is packed, two vectors of columns at a time, where its rows are far apart (strides of 512 B to 8 KB alias in L1
/// and halve the speed), where it is transposed, and where columns are missing to a whole vector.
template <class Isa, class T>
void tiled_product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                   const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  using V = typename Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes, width = 2 * lanes;
  constexpr std::size_t panel_depth = 1024 / sizeof(T);
  const bool far_apart = b.row > 64, pays = rows >= 16;  // by measurement
  alignas(64) T packed[panel_depth * width];
  const std::size_t parts = (depth + panel_depth - 1) / panel_depth,
                    part_depth = parts == 0 ? 1 : (depth + parts - 1) / parts;
  for (std::size_t k = 0; k == 0 || k < depth; k += part_depth) {
    const std::size_t part = (std::min)(part_depth, depth - k);
    Strided<const T> begin_from = k == 0 ? start : Strided<const T>{c.data, c.row, c.col};
    const bool contiguous = has_contiguous_rows(begin_from, c);
    // Rows narrower than a vector, one right behind the other: what a vector writes beyond its row is overwritten by the
    // next, as long as no sum is read from there.
    const bool spills = cols < lanes && contiguous && c.row == cols && (!begin_from.data || begin_from.row == 0);
    T one_row[lanes] = {};
    if (spills && begin_from.data) {
      std::copy_n(begin_from.data, cols, one_row);
      begin_from.data = one_row;
    }
    for (std::size_t j = 0, count; j < cols; j += count) {
      count = strip_width<lanes>(cols - j);
      const bool two = count > lanes;
      const std::size_t direct = spills ? whole_vectors<lanes>(rows, cols, cols) : contiguous && count >= lanes ? rows : 0;
      Panel<const T> panel{b.from(k, j).data, b.row, count - lanes};
      if (b.col != 1 || (far_apart && pays) || count < lanes || (direct == 0 && count % lanes != 0)) {
        pack<Isa, T>(part, (std::min)(count, lanes), b.from(k, j), width, packed);
        if (two && direct != 0) pack<Isa, T>(part, lanes, b.from(k, j + count - lanes), width, packed + lanes);
        else if (two) pack<Isa, T>(part, count - lanes, b.from(k, j + lanes), width, packed + lanes);
        panel = {packed, width, lanes};
      }
      strip<V, T>(direct, rows, count, part, a.from(0, k), panel, begin_from.from(0, j), c.from(0, j));
    }
  }
}

}  // namespace evomlp::kernels::detail
