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

/// Calls tiles.operator()<R>(i) for each tile of R rows that begins at row i. The tallest fills the registers: 32 of 64
/// bytes, or x86's 16 of less.
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

/// to = from + start (0 without).
template <class T>
void add(std::size_t rows, std::size_t cols, const Strided<const T>& from, const Strided<const T>& start,
         const Strided<T>& to) {
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) to(i, j) = from(i, j) + (start.data ? start(i, j) : T(0));
}

/// All rows of C in `cols` columns: direct, or by way of a tile made aside, where C takes no vectors.
template <class V, std::size_t vectors, class T>
void strip(bool direct, std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
           const Panel<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes, width = vectors * lanes;
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
      add<T>(R, cols, {aside, width, 1}, from, to);
    }
  });
}

/// Copies `cols` columns of B into a vector's width of rows that are `width` wide. What lies in the lanes behind them
/// is any number: it is not used.
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
    if (b.row == 1 && cols == lanes)
      for (; done + n <= depth; done += n)
        for (std::size_t j = 0; j < lanes; j += n) Isa::transpose(&b(done, j), b.col, to + done * width + j, width);
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
  for_each_tile<V>(rows, [&]<std::size_t R>(std::size_t i) {
    const auto left = a.from(i, 0);
    for (std::size_t j = 0, count; j < cols; j += count) {
      count = strip_width<lanes>(cols - j);
      const std::size_t second = count - lanes;
      const Panel<const T> right{b.from(0, j).data, b.row, second}, from{start.from(i, j).data, start.row, second};
      const Panel<T> to{c.from(i, j).data, c.row, second};
      count > lanes ? tile<V, R, 2, T>(depth, left, right, from, to) : tile<V, R, 1, T>(depth, left, right, from, to);
    }
  });
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
    const Strided<const T> begin_from = k == 0 ? start : Strided<const T>{c.data, c.row, c.col};
    for (std::size_t j = 0, count; j < cols; j += count) {
      count = strip_width<lanes>(cols - j);
      const bool two = count > lanes, direct = count >= lanes && has_contiguous_rows(begin_from, c);
      Panel<const T> panel{b.from(k, j).data, b.row, count - lanes};
      if (b.col != 1 || (far_apart && pays) || count < lanes || (!direct && count % lanes != 0)) {
        pack<Isa, T>(part, (std::min)(count, lanes), b.from(k, j), width, packed);
        if (two && direct) pack<Isa, T>(part, lanes, b.from(k, j + count - lanes), width, packed + lanes);
        else if (two) pack<Isa, T>(part, count - lanes, b.from(k, j + lanes), width, packed + lanes);
        panel = {packed, width, lanes};
      }
      two ? strip<V, 2, T>(direct, rows, count, part, a.from(0, k), panel, begin_from.from(0, j), c.from(0, j))
          : strip<V, 1, T>(direct, rows, count, part, a.from(0, k), panel, begin_from.from(0, j), c.from(0, j));
    }
  }
}

}  // namespace evomlp::kernels::detail
