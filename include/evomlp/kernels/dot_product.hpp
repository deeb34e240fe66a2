// SPDX-License-Identifier: MIT
// The matrix product of few rows or columns where both factors lie along the sum: dot products, a block of them at a time.
// Nothing is packed, which would cost more than the product.
#pragma once

#include "evomlp/kernels/tile.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace evomlp::kernels::detail {

/// The sums over the lanes of `count` vectors.
template <std::size_t count, class V, class T>
void sums_of_lanes(const V* vectors, T* to) {
  using Sums = evomlp::detail::LaneSums<V>;
  constexpr std::size_t lanes = Number<V>::lanes;
  if constexpr (lanes > 1 && count % lanes == 0 && requires { Sums::of_each(vectors, to); }) {
    for (std::size_t i = 0; i < count; i += lanes) Sums::of_each(vectors + i, to + i);
  } else {
    for (std::size_t i = 0; i < count; ++i) to[i] = sum_of_lanes(vectors[i]);
  }
}

/// 0, 1, 2 and so on: which lane each is.
template <class T, std::size_t lanes>
inline constexpr std::array<T, lanes> lane_numbers = [] {
  std::array<T, lanes> all{};
  for (std::size_t i = 0; i < lanes; ++i) all[i] = static_cast<T>(i);
  return all;
}();

/// The vector that ends at `end`, but for its last `n` lanes all 0.
template <class V, class T>
V load_last(const T* end, std::size_t n) {
  constexpr std::size_t lanes = Number<V>::lanes;
  return select(load<V>(lane_numbers<T, lanes>.data()) >= V(static_cast<T>(lanes - n)), load<V>(end - lanes), V(T(0)));
}

/// `rows` rows of A with `cols` columns of B, side by side: one sum alone would wait for each multiply-add.
template <class V, std::size_t rows, std::size_t cols, class T>
void dots(std::size_t depth, const Strided<const T>& a, const Strided<const T>& b, const Strided<const T>& start,
          const Strided<T>& c) {
  constexpr std::size_t lanes = Number<V>::lanes;
  V sum[rows * cols];
  EVOMLP_UNROLL for (std::size_t i = 0; i < rows * cols; ++i) sum[i] = V(T(0));
  const auto add = [&](auto load_at, std::size_t k) {
    V x[rows];
    EVOMLP_UNROLL for (std::size_t p = 0; p < rows; ++p) x[p] = load_at(&a(p, k));
    EVOMLP_UNROLL for (std::size_t q = 0; q < cols; ++q) {
      const V w = load_at(&b(k, q));
      EVOMLP_UNROLL for (std::size_t p = 0; p < rows; ++p) sum[p * cols + q] = multiply_add(x[p], w, sum[p * cols + q]);
    }
  };
  std::size_t k = 0;
  for (; k + lanes <= depth; k += lanes) add([](const T* from) { return load<V>(from); }, k);
  if constexpr (lanes > 1) {
    if (const std::size_t left = depth - k; left > 0)  // by the vectors that end with them
      add([left](const T* from) { return load_last<V>(from + left, left); }, k);
  }
  T result[rows * cols];
  sums_of_lanes<rows * cols>(sum, result);
  for (std::size_t p = 0; p < rows; ++p)
    for (std::size_t q = 0; q < cols; ++q)
      c(p, q) = start.data ? start(p, q) + result[p * cols + q] : result[p * cols + q];
}

/// All columns of some rows: `width` at a time, the last of them overlapping those before.
template <class V, std::size_t rows, std::size_t width, class T>
void dots_of_rows(std::size_t cols, std::size_t depth, const Strided<const T>& a, const Strided<const T>& b,
                  const Strided<const T>& start, const Strided<T>& c) {
  for (std::size_t done = 0; done < cols; done += width) {
    const std::size_t j = (std::min)(done, cols - width);
    dots<V, rows, width, T>(depth, a, b.from(0, j), start.from(0, j), c.from(0, j));
  }
}

/// C = A B + start (0 without), both factors along the sum: a.col = b.row = 1, depth at least a vector's lanes. C must not
/// be start: where blocks overlap, its elements are computed twice. (Three rows left make a block of four: one computed
/// twice costs less than a block of two and one of one.)
template <class V, class T>
void dot_product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                 const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  constexpr std::size_t block = sizeof(V) == 64 ? 16 : 8;  // the sums that AVX-512's 32 registers hold, or 16
  const auto fits = [&](std::size_t height) { return rows >= height && cols >= block / height; };
  for (std::size_t done = 0, height; done < rows; done += height) {
    const std::size_t left = rows - done;
    height = left >= 3 && fits(4) ? 4 : left >= 2 && fits(2) ? 2 : 1;
    const std::size_t i = (std::min)(done, rows - height);
    const auto run = [&](auto dots_of) { dots_of(cols, depth, a.from(i, 0), b, start.from(i, 0), c.from(i, 0)); };
    if (height == 4) run(dots_of_rows<V, 4, block / 4, T>);
    else if (height == 2) run(dots_of_rows<V, 2, block / 2, T>);
    else if (cols >= block) run(dots_of_rows<V, 1, block, T>);
    else if (cols >= 4) run(dots_of_rows<V, 1, 4, T>);
    else run(dots_of_rows<V, 1, 1, T>);
  }
}

}  // namespace evomlp::kernels::detail
