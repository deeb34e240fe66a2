// SPDX-License-Identifier: MIT
// The three products of a fully connected layer, each by our own kernel or by BLAS, whichever is faster for the shape.
#pragma once

#include "evomlp/kernels/dot_product.hpp"
#include "evomlp/kernels/each.hpp"
#include "evomlp/kernels/row_product.hpp"
#include "evomlp/kernels/tiled_product.hpp"

#include <algorithm>
#include <cstddef>

namespace evomlp::kernels {

namespace detail {

/// What is multiplied: C, rows × cols, summed over depth. A Linear layer's weights are B in y = x W and, transposed, in
/// dx = dy Wᵀ; in dW = xᵀ dy, where A is transposed, they are C.
struct ProductShape {
  bool transpose_a, transpose_b;
  std::size_t rows, cols, depth;
};

/// Whether OpenBLAS's own kernels for small products, which it has for AVX-512 alone, are the faster ones.
inline bool goes_to_small_blas(const ProductShape& p, std::size_t lanes) {
  if (p.rows * p.cols * p.depth > 100 * 100 * 100) return false;  // it doesn't take them for more
  if (p.transpose_a) return p.depth <= 128 && (p.cols > lanes || p.depth > 32);
  if (p.transpose_b) return p.depth > 32 && p.cols <= 128 && p.rows * p.cols <= 1024;
  return p.rows <= 8 && p.cols <= lanes;
}

/// Whether a product is large enough for the threads of BLAS, counted in multiplications of vectors. It is a matter of how
/// fast one core reads what another has just written: by whole training steps with two threads, at 400,000 an AMD EPYC
/// gains a third and an Intel Xeon loses a seventh; the Xeon gains from 500,000 on, and below 300,000 loses up to half.
inline bool threads_pay(const ProductShape& p, std::size_t lanes) { return p.rows * p.cols * p.depth / lanes >= 300'000; }

/// Whether BLAS makes the product, by what benchmarks/sweep_bench.cpp measures. Whoever has the wider vectors is faster by
/// their ratio. Of the same width our kernels are up to twice as fast as OpenBLAS on narrow layers and a little faster up to
/// 512 × 512, where BLAS begins to know the caches better. BLAS also gets what its threads can share, where it has several
/// or nobody knows. But it copies all weights first, which does not pay for few rows, least of all for one.
template <class Isa>
bool goes_to_blas(const ProductShape& p, std::size_t lanes) {
  const std::size_t batch = p.transpose_a ? p.depth : p.rows, weights = p.cols * (p.transpose_a ? p.rows : p.depth);
  if (p.rows == 1 || p.cols == 1 || p.depth == 1) return false;
  if constexpr (!Isa::has_fma) {
    return weights > 64;  // BLAS chooses its instructions at run time
  } else if constexpr (requires { Isa::threads(); }) {
    constexpr std::size_t own_bytes = sizeof(typename Isa::template Vector<float>);
    const std::size_t blas_bytes = Isa::vector_bytes() == 0 ? own_bytes : Isa::vector_bytes();
    if (own_bytes < blas_bytes) return weights > 64;
    if (blas_bytes == 64 && goes_to_small_blas(p, lanes)) return true;
    if (batch < 16 || weights <= 64 * 64) return false;
    const auto threads = static_cast<std::size_t>(Isa::threads());
    if (threads == 1) return weights > 512 * 512 && own_bytes == blas_bytes;
    return (weights > 512 * 512 || threads * blas_bytes > own_bytes) && threads_pay(p, lanes * blas_bytes / own_bytes);
  } else {
    return batch >= 16 && weights > 128 * 128;
  }
}

/// Whether dot products take fewer operations than tiles where both factors lie along the sum. Counted in vectors: a dot
/// product takes four columns at a time, and adding up a vector's lanes costs lanes/4 vectors; a tile must first pack B, at
/// half a vector a number. That holds up to 8 rows, or with fewer columns than a vector: beyond that one packing serves
/// many rows, and tiles are up to twice as fast. (Measured break-even is within a third of this.) Without vectors nothing
/// is packed for.
template <std::size_t lanes>
bool dots_pay(std::size_t rows, std::size_t cols, std::size_t depth) {
  if constexpr (lanes == 1) return rows == 1;
  if (rows > 8 && cols >= lanes) return false;
  const std::size_t vectors = (cols + lanes - 1) / lanes, fours = (cols + 3) / 4 * 4;
  return rows * fours * (depth + lanes * lanes / 4) <= rows * vectors * lanes * depth + cols * depth * lanes / 2;
}

/// C = A B + start (0 without), A rows × depth, B depth × cols, all of any strides, by whichever of our kernels suits.
template <class Isa, class T>
void own_product(std::size_t rows, std::size_t cols, std::size_t depth, const Strided<const T>& a,
                 const Strided<const T>& b, const Strided<const T>& start, const Strided<T>& c) {
  using V = typename Isa::template Vector<T>;
  constexpr std::size_t lanes = Number<V>::lanes;
  if (2 * cols <= lanes && rows > cols)  // the narrow one is turned into a low one
    return own_product<Isa, T>(cols, rows, depth, b.transposed(), a.transposed(), start.transposed(), c.transposed());
  if (rows == 1 && b.col == 1 && (b.row == cols || depth == 1) && has_contiguous_rows(start, c))
    return row_product(cols, depth, a.data, a.col, b.data, start.data, Matrix<T, Isa>{c.data, 1, cols});
  if (a.col == 1 && b.row == 1 && depth >= lanes && dots_pay<lanes>(rows, cols, depth))
    return dot_product<V, T>(rows, cols, depth, a, b, start, c);
  constexpr std::size_t l1 = 32768 / sizeof(T);
  if (b.col == 1 && cols >= lanes && has_contiguous_rows(start, c)) {
    if (depth == 1) return outer_product<V, T>(rows, cols, a, b.data, start, c);
    if (depth <= 64 && depth * cols <= l1) return short_product<V, T>(rows, cols, depth, a, b, start, c);
  }
  tiled_product<Isa, T>(rows, cols, depth, a, b, start, c);
}

/// C = op(A) op(B), and the bias in each row if there is one; a_row and b_row are the row lengths in memory. One function
/// for all layers, whatever they do with C: that the bias beside BLAS is a pass of its own can't be measured.
template <class Isa, class T>
void plain_product(const ProductShape& p, const T* a, std::size_t a_row, const T* b, std::size_t b_row, const T* bias,
                   T* c) {
  if constexpr (Isa::has_blas) {
    if (goes_to_blas<Isa>(p, Number<typename Isa::template Vector<T>>::lanes)) {
      Isa::gemm(p.transpose_a, p.transpose_b, p.rows, p.cols, p.depth, a, a_row, b, b_row, c);
      const Matrix<T, Isa> sums{c, p.rows, p.cols};
      if (bias) each(sums, [](auto sum, auto v) { return sum + v; }, sums, Vector<const T, Isa>{bias, p.cols});
      return;
    }
  }
  const Strided<const T> left{a, a_row, 1}, right{b, b_row, 1};
  own_product<Isa, T>(p.rows, p.cols, p.depth, p.transpose_a ? left.transposed() : left,
                      p.transpose_b ? right.transposed() : right, {bias, 0, 1}, {c, p.cols, 1});
}

/// to = op(a) op(b), and the bias in each row if there is one. The sums are made where the result belongs; one pass
/// then does what else `to` asks for.
template <bool transpose_a, bool transpose_b, class A, class B, class To, class T = typename To::Scalar>
void multiply(A a, B b, To to, const T* bias = nullptr) {
  const Matrix<T, typename To::Isa> sums = to.raw();
  plain_product<typename To::Isa, T>({transpose_a, transpose_b, sums.rows, sums.cols, transpose_a ? a.rows : a.cols},
                                     a.data, a.cols, b.data, b.cols, bias, sums.data);
  if constexpr (!is_matrix<To>) each(to, [](auto sum) { return sum; }, sums);
}

}  // namespace detail

/// y = x W + b. x (rows, In), W (In, Out), b (Out).
template <class X, class W, class B, class Y>
void affine(X x, W w, B b, Y y) {
  if constexpr (is_one_row<X>) detail::row_product(w.cols, w.rows, x.data, 1, w.data, b.data, y);
  else detail::multiply<false, false>(x, w, y, b.data);
}

/// y = x W. x (rows, In), W (In, Out).
template <class X, class W, class Y>
void product(X x, W w, Y y) {
  affine(x, w, Vector<const typename Y::Scalar, typename Y::Isa>{nullptr, w.cols}, y);
}

/// to = xᵀ y. x (rows, In), y (rows, Out), to (In, Out).
template <class X, class Y, class To>
void product_tn(X x, Y y, To to) {
  detail::multiply<true, false>(x, y, to);
}

/// to = x Wᵀ. x (rows, Out), W (In, Out), to (rows, In). A destination without rows means that nobody needs it.
template <class X, class W, class To>
void product_nt(X x, W w, To to) {
  if (to.rows != 0) detail::multiply<false, true>(x, w, to);
}

}  // namespace evomlp::kernels
