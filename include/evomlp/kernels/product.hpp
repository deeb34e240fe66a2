// SPDX-License-Identifier: MIT
// The matrix product: register-blocked, sizes at run time, any destination, nothing on the heap.
#pragma once

#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"

#include <algorithm>
#include <cstddef>

// g++ keeps an array of accumulators in memory unless the loop over it is unrolled.
#if defined(__clang__) || defined(__GNUC__)
#define EVOMLP_UNROLL _Pragma("GCC unroll 16")
#else
#define EVOMLP_UNROLL
#endif

namespace evomlp::kernels::detail {

/// A(i, k) = data[i · row + k · col]: a matrix or its transpose.
template <class T>
struct Operand {
  const T* data;
  std::size_t row, col;
};

/// Two vectors of B for each k: at data + k · row, and `second` further.
template <class T>
struct Panel {
  const T* data;
  std::size_t row, second;
};

/// Which columns of the result a tile makes: two vectors beginning at first and second, or `count` < one vector.
struct Columns {
  std::size_t first, second, count;
};

/// What the sums of row i start from: data[i · row + …] (row = 0: the same for every row), or 0 without data.
template <class T>
struct Start {
  const T* data;
  std::size_t row, first, second;
};

template <class V, class T>
V load(const T* from) {
  if constexpr (std::is_floating_point_v<V>)
    return *from;
  else
    return V::load_unaligned(from);
}
template <class V>
V multiply_add(V a, V b, V c) {
  if constexpr (std::is_floating_point_v<V>)
    return a * b + c;
  else
    return fma(a, b, c);
}

/// Rows [i, i + R) of the result, `vectors` (1 or 2) of columns; to.put(i, j, …) gets each sum once.
///
/// Bare vectors, not Numbers: g++ 12 keeps an array of wrapped ones in memory, which costs 24 %.
template <std::size_t R, std::size_t vectors, class T, class To>
void tile(std::size_t depth, Operand<T> a, Panel<T> b, std::size_t i, Columns at, Start<T> start, const To& to) {
  using V = typename To::Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  const bool whole = vectors == 2 || at.count >= lanes;
  V sum[R][vectors];
  EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
    const T* from = start.data + (i + r) * start.row;
    sum[r][0] = start.data && whole ? load<V>(from + start.first) : V(T(0));
    if constexpr (vectors == 2) sum[r][1] = start.data ? load<V>(from + start.second) : V(T(0));
  }
  const T* x = a.data + i * a.row;
  for (std::size_t k = 0; k < depth; ++k, x += a.col, b.data += b.row) {
    const V b0 = load<V>(b.data), b1 = vectors == 2 ? load<V>(b.data + b.second) : b0;
    EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
      const V v(x[r * a.row]);
      sum[r][0] = multiply_add(v, b0, sum[r][0]);
      if constexpr (vectors == 2) sum[r][1] = multiply_add(v, b1, sum[r][1]);
    }
  }
  if (whole) {
    EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
      to.put(i + r, at.first, Number<V>(sum[r][0]));
      if constexpr (vectors == 2) to.put(i + r, at.second, Number<V>(sum[r][1]));
    }
  } else {
    EVOMLP_UNROLL for (std::size_t r = 0; r < R; ++r) {
      T part[lanes];
      Number<V>(sum[r][0]).store(part);
      for (std::size_t j = 0; j < at.count; ++j) {
        const T from = start.data ? start.data[(i + r) * start.row + start.first + j] : T(0);
        to.put(i + r, at.first + j, Number<T>(part[j] + from));
      }
    }
  }
}

/// All rows [0, rows) of one panel of columns.
template <std::size_t vectors, class T, class To>
void strip(std::size_t rows, std::size_t depth, Operand<T> a, Panel<T> b, Columns at, Start<T> start, const To& to) {
  std::size_t i = 0;
  if constexpr (sizeof(typename To::Isa::template Vector<T>) == 64) {  // AVX-512 has 32 registers
    for (; i + 12 <= rows; i += 12) tile<12, vectors>(depth, a, b, i, at, start, to);
    for (; i + 8 <= rows; i += 8) tile<8, vectors>(depth, a, b, i, at, start, to);
  } else {
    // 6 rows fill 16 registers; two fours are better than a six and a two.
    const std::size_t sixes = rows % 6 == 2 && rows >= 8 ? rows - 8 : rows - rows % 6;
    for (; i < sixes; i += 6) tile<6, vectors>(depth, a, b, i, at, start, to);
  }
  for (; i + 4 <= rows; i += 4) tile<4, vectors>(depth, a, b, i, at, start, to);
  for (; i + 2 <= rows; i += 2) tile<2, vectors>(depth, a, b, i, at, start, to);
  for (; i < rows; ++i) tile<1, vectors>(depth, a, b, i, at, start, to);
}

/// Copies columns [j, j + count) of B, or of its transpose, into a panel `width` wide; a narrow one is filled up with
/// zeros to one vector.
template <bool transposed, class Isa, class T>
void pack(std::size_t depth, const T* b, std::size_t row, std::size_t j, std::size_t count, std::size_t width, T* to) {
  constexpr std::size_t lanes = Number<typename Isa::template Vector<T>>::lanes;
  if constexpr (transposed) {
    std::size_t done = 0;
    if constexpr (requires { Isa::template square<T>; }) {  // a transpose in registers, square by square
      constexpr std::size_t n = Isa::template square<T>;
      if (count == lanes)
        for (; done + n <= depth; done += n)
          for (std::size_t c = 0; c < lanes; c += n)
            Isa::transpose(b + (j + c) * row + done, row, to + done * width + c, width);
    }
    for (std::size_t c = 0; c < count; ++c)
      for (std::size_t k = done; k < depth; ++k) to[k * width + c] = b[(j + c) * row + k];
  } else {
    for (std::size_t k = 0; k < depth; ++k) std::copy_n(b + k * row + j, count, to + k * width);
  }
  for (std::size_t k = 0; count < lanes && k < depth; ++k)
    std::fill(to + k * width + count, to + k * width + lanes, T(0));
}

/// Unfinished sums of a block of rows, between two parts of a deep product.
template <class T, class Isa_, std::size_t columns>
struct Unfinished {
  using Scalar = T;
  using Isa = Isa_;
  T* data;

  void put(std::size_t i, std::size_t j, auto number) const { number.store(data + i * columns + j); }
};

/// The rows of `to` from `first` on.
template <class To>
struct RowsFrom {
  using Isa = typename To::Isa;
  const To& to;
  std::size_t first;

  void put(std::size_t i, std::size_t j, auto number) const { to.put(first + i, j, number); }
};

/// to = A B + start, A rows × depth, B depth × cols in `b` with rows `b_row` apart (transposed: cols × depth).
///
/// Panels of B, two vectors wide, are packed onto the stack where rows of B are far apart (strides of 512 B to 8 KB
/// alias in L1 and halve the speed), transposed, or narrower than a vector. A column tail takes the last full vector
/// again: the overlap is computed twice instead of masked, so `to` must not read what it writes.
template <bool transposed, class T, class To>
void product(std::size_t rows, std::size_t cols, std::size_t depth, Operand<T> a, const T* b, std::size_t b_row,
             const T* start, const To& to) {
  constexpr std::size_t lanes = Number<typename To::Isa::template Vector<T>>::lanes;
  constexpr std::size_t panel_depth = 512, block_rows = 96, width = 2 * lanes;
  using Partial = Unfinished<T, typename To::Isa, width>;
  alignas(64) T packed[panel_depth * width];
  alignas(64) T unfinished[block_rows * width];

  const bool pack_b = transposed || cols > 64 || cols < lanes;
  for (std::size_t j = 0; j < cols; j += width) {
    const std::size_t left = cols - j;
    const std::size_t first = left < lanes && cols >= lanes ? cols - lanes : j;
    const std::size_t second = left >= width ? j + lanes : (left > lanes ? cols - lanes : first);
    const bool two = second != first;
    const std::size_t count = (std::min)(cols, width);
    const Columns at{first, second, count};

    const auto multiply = [&](std::size_t block, std::size_t i, std::size_t k, std::size_t part, Start<T> from,
                              const auto& dest) {
      const Operand<T> block_a{a.data + i * a.row + k * a.col, a.row, a.col};
      const auto run = [&](Panel<T> panel, Columns columns) {
        two ? strip<2>(block, part, block_a, panel, columns, from, dest)
            : strip<1>(block, part, block_a, panel, columns, from, dest);
      };
      const Columns columns =
          std::is_same_v<std::remove_cvref_t<decltype(dest)>, Partial> ? Columns{0, lanes, count} : at;
      if (pack_b)
        run({packed, width, lanes}, columns);
      else
        run({b + k * b_row + first, b_row, second - first}, columns);
    };
    const auto pack_part = [&](std::size_t k, std::size_t part) {
      if (!pack_b) return;
      const T* from = transposed ? b + k : b + k * b_row;
      pack<transposed, typename To::Isa>(part, from, b_row, first, (std::min)(lanes, cols), width, packed);
      if (two) pack<transposed, typename To::Isa>(part, from, b_row, second, lanes, width, packed + lanes);
    };

    if (depth <= panel_depth || !pack_b) {
      pack_part(0, depth);
      multiply(rows, 0, 0, depth, {start, 0, first, second}, to);
      continue;
    }
    for (std::size_t i = 0; i < rows; i += block_rows) {
      const std::size_t block = (std::min)(block_rows, rows - i);
      for (std::size_t k = 0; k < depth; k += panel_depth) {
        const std::size_t part = (std::min)(panel_depth, depth - k);
        const Start<T> from = k == 0 ? Start<T>{start, 0, first, second} : Start<T>{unfinished, width, 0, lanes};
        pack_part(k, part);
        if (k + part < depth)
          multiply(block, i, k, part, from, Partial{unfinished});
        else
          multiply(block, i, k, part, from, RowsFrom<To>{to, i});
      }
    }
  }
}

}  // namespace evomlp::kernels::detail
