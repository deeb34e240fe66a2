// SPDX-License-Identifier: MIT
// One row times a matrix: what batch 1 needs. A tile of one row would wait for each multiply-add; here several chains
// of sums run side by side.
#pragma once

#include "evomlp/kernels/product.hpp"

namespace evomlp::kernels::detail {

/// `vectors` × lanes columns beginning at j, with the rows of W dealt out to `chains` independent sums.
template <std::size_t vectors, std::size_t chains, class T, class To>
void row_strip(std::size_t depth, const T* x, const T* w, std::size_t cols, const T* start, std::size_t j, const To& to) {
  using V = typename To::Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  V sum[chains][vectors];
  EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) {
    sum[0][q] = start ? load<V>(start + j + q * lanes) : V(T(0));
    EVOMLP_UNROLL for (std::size_t h = 1; h < chains; ++h) sum[h][q] = V(T(0));
  }
  std::size_t k = 0;
  for (; k + chains <= depth; k += chains) {
    EVOMLP_UNROLL for (std::size_t h = 0; h < chains; ++h) {
      const V v(x[k + h]);
      const T* row = w + (k + h) * cols + j;
      EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q)
        sum[h][q] = multiply_add(v, load<V>(row + q * lanes), sum[h][q]);
    }
  }
  for (; k < depth; ++k) {
    EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q)
      sum[0][q] = multiply_add(V(x[k]), load<V>(w + k * cols + j + q * lanes), sum[0][q]);
  }
  EVOMLP_UNROLL for (std::size_t q = 0; q < vectors; ++q) {
    V result = sum[0][q];
    EVOMLP_UNROLL for (std::size_t h = 1; h < chains; ++h) result = result + sum[h][q];
    to.put(0, j + q * lanes, Number<V>(result));
  }
}

/// to = x W + start (0 without) for one row x; W is depth × cols.
template <class T, class To>
void row_product(std::size_t cols, std::size_t depth, const T* x, const T* w, const T* start, const To& to) {
  using V = typename To::Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  if (cols == 1) {  // a dot product
    Number<V> sum(0);
    std::size_t k = 0;
    for (; k + lanes <= depth; k += lanes) sum = fma(Number<V>::load(x + k), Number<V>::load(w + k), sum);
    T rest = start ? start[0] : T(0);
    for (; k < depth; ++k) rest += x[k] * w[k];
    return to.put(0, 0, Number<T>(static_cast<T>(sum.sum()) + rest));
  }
  std::size_t j = 0;
  for (; j + 8 * lanes <= cols; j += 8 * lanes) row_strip<8, 1>(depth, x, w, cols, start, j, to);
  for (; j + 4 * lanes <= cols; j += 4 * lanes) row_strip<4, 2>(depth, x, w, cols, start, j, to);
  for (; j + 2 * lanes <= cols; j += 2 * lanes) row_strip<2, 4>(depth, x, w, cols, start, j, to);
  for (; j + lanes <= cols; j += lanes) row_strip<1, 8>(depth, x, w, cols, start, j, to);
  if (j < cols && cols >= lanes) return row_strip<1, 8>(depth, x, w, cols, start, cols - lanes, to);  // the overlap again
  for (; j < cols; ++j) {
    T sum = start ? start[j] : T(0);
    for (std::size_t k = 0; k < depth; ++k) sum += x[k] * w[k * cols + j];
    to.put(0, j, Number<T>(sum));
  }
}

}  // namespace evomlp::kernels::detail
