// SPDX-License-Identifier: MIT
// One row times a matrix: what batch 1 needs. A tile of one row would wait for each multiply-add; here several chains
// of sums run side by side.
#pragma once

#include "evomlp/kernels/dot_product.hpp"
#include "evomlp/kernels/each.hpp"
#include "evomlp/kernels/tile.hpp"

#include <cstddef>

namespace evomlp::kernels::detail {

/// `vectors` × lanes columns beginning at j, with the rows of W dealt out to `chains` independent sums.
template <std::size_t vectors, std::size_t chains, class T, class To>
void row_strip(std::size_t depth, const T* x, std::size_t x_step, const T* w, std::size_t cols, const T* start,
               std::size_t j, const To& to) {
  using V = typename To::Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  V sum[chains][vectors];
  EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) {
    sum[0][q] = start ? load<V>(start + j + q * lanes) : V(T(0));
    EVOMLP_UNROLL for (std::size_t h = 1; h < chains; ++h) sum[h][q] = V(T(0));
  }
  const std::size_t dealt = depth - depth % chains;  // bounds first: g++ 12 warns of loops that follow one another
  for (std::size_t k = 0; k < dealt; k += chains) {
    EVOMLP_UNROLL for (std::size_t h = 0; h < chains; ++h) {
      const V v(x[(k + h) * x_step]);
      const T* row = w + (k + h) * cols + j;
      EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) sum[h][q] =
          multiply_add(v, load<V>(row + q * lanes), sum[h][q]);
    }
  }
  for (std::size_t k = dealt; k < depth; ++k) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) sum[0][q] =
        multiply_add(V(x[k * x_step]), load<V>(w + k * cols + j + q * lanes), sum[0][q]);
  }
  EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) {
    V result = sum[0][q];
    EVOMLP_UNROLL for (std::size_t h = 1; h < chains; ++h) result = result + sum[h][q];
    to.put(0, j + q * lanes, Number<V>(result));
  }
}

/// The same without vectors, where code is dear: one kernel for all destinations, eight columns at a time.
template <class T, class To>
void row_product_in_scalars(std::size_t cols, std::size_t depth, const T* x, std::size_t x_step, const T* w,
                            const T* start, const To& to) {
  const Matrix<T, typename To::Isa, OneRow> sums{to.raw().data, {}, cols};
  const std::size_t eights = cols - cols % 8;
  for (std::size_t j = 0; j < eights; j += 8) row_strip<8, 1>(depth, x, x_step, w, cols, start, j, sums);
  for (std::size_t j = eights; j < cols; ++j) row_strip<1, 1>(depth, x, x_step, w, cols, start, j, sums);
  if constexpr (!is_matrix<To>) each_rows(1, cols, to, [](auto sum) { return sum; }, sums);
}

/// The same for fewer columns than a vector has.
template <std::size_t lanes, class T, class To>
void narrow_row_product(std::size_t cols, std::size_t depth, const T* x, std::size_t x_step, const T* w, const T* start,
                        const To& to) {
  T sums[lanes];
  const std::size_t whole = whole_vectors<lanes>(depth, cols, cols);
  row_strip<1, 8, T>(whole, x, x_step, w, cols, nullptr, 0, Matrix<T, typename To::Isa>{sums, 1, lanes});
  for (std::size_t j = 0; j < cols; ++j) {
    T sum = sums[j] + (start ? start[j] : T(0));
    for (std::size_t k = whole; k < depth; ++k) sum += x[k * x_step] * w[k * cols + j];
    to.put(0, j, Number<T>(sum));
  }
}

/// to = x W + start (0 without) for one row x, its numbers x_step apart; W is depth × cols.
template <class T, class To>
void row_product(std::size_t cols, std::size_t depth, const T* x, std::size_t x_step, const T* w, const T* start,
                 const To& to) {
  using V = typename To::Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  if constexpr (lanes == 1) {
    row_product_in_scalars(cols, depth, x, x_step, w, start, to);
  } else if (cols == 1 && x_step == 1 && depth >= lanes) {
    T sum;
    dots<V, 1, 1, T>(depth, {x, 0, 1}, {w, 1, 0}, {start, 0, 0}, {&sum, 0, 0});
    to.put(0, 0, Number<T>(sum));
  } else if (cols < lanes) {
    narrow_row_product<lanes>(cols, depth, x, x_step, w, start, to);
  } else {
    const std::size_t eights = cols - cols % (8 * lanes), fours = cols - cols % (4 * lanes),
                      twos = cols - cols % (2 * lanes), whole = cols - cols % lanes;
    for (std::size_t j = 0; j < eights; j += 8 * lanes) row_strip<8, 1>(depth, x, x_step, w, cols, start, j, to);
    for (std::size_t j = eights; j < fours; j += 4 * lanes) row_strip<4, 2>(depth, x, x_step, w, cols, start, j, to);
    for (std::size_t j = fours; j < twos; j += 2 * lanes) row_strip<2, 4>(depth, x, x_step, w, cols, start, j, to);
    for (std::size_t j = twos; j < whole; j += lanes) row_strip<1, 8>(depth, x, x_step, w, cols, start, j, to);
    if (whole < cols) row_strip<1, 8>(depth, x, x_step, w, cols, start, cols - lanes, to);  // the overlap again
  }
}

}  // namespace evomlp::kernels::detail
