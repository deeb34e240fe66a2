// SPDX-License-Identifier: MIT
// The three products of a fully connected layer, each by our own kernel or by BLAS, whichever is faster for the shape.
#pragma once

#include "evomlp/kernels/each.hpp"
#include "evomlp/kernels/product.hpp"
#include "evomlp/kernels/row_product.hpp"

namespace evomlp::kernels {

namespace detail {

/// Whether BLAS does the products of a batch and in × out weights, by what benchmarks/sweep_bench.cpp measures. Our kernel
/// is up to twice as fast as OpenBLAS on narrow layers and a little faster up to 512 × 512, where BLAS begins to know
/// the caches better. BLAS also gets what its threads can share, where it has several or nobody knows. But it copies all
/// weights first, which does not pay for few rows, least of all for one.
template <class Isa>
bool goes_to_blas(std::size_t batch, std::size_t in, std::size_t out) {
  if constexpr (!Isa::has_blas) {
    return false;
  } else {
    const std::size_t weights = in * out, least = (std::min)({batch, in, out});
    if (least == 1) return false;
    if constexpr (!Isa::has_fma) {
      return weights > 64;  // BLAS chooses its instructions at run time
    } else if constexpr (requires { Isa::threads(); }) {
      constexpr bool has_low_kernels = sizeof(typename Isa::template Vector<float>) == 64;  // OpenBLAS's with AVX-512
      if (has_low_kernels && least <= 8 && weights <= 128 * 128) return true;
      return batch >= 16 && (weights > 512 * 512 || (weights > 128 * 128 && Isa::threads() > 1));
    } else {
      return batch >= 16 && weights > 128 * 128;
    }
  }
}

/// sums = op(a) op(b), and the bias in each row where there is one and BLAS hasn't left it out; returns whether it did.
template <bool transpose_a, bool transpose_b, class T, class Isa>
bool multiply(auto a, auto b, const T* bias, Matrix<T, Isa> sums) {
  const std::size_t depth = transpose_a ? a.rows : a.cols;
  if (transpose_a ? goes_to_blas<Isa>(depth, sums.rows, sums.cols) : goes_to_blas<Isa>(sums.rows, b.rows, b.cols)) {
    if constexpr (Isa::has_blas)
      Isa::gemm(transpose_a, transpose_b, sums.rows, sums.cols, depth, a.data, a.cols, b.data, b.cols, sums.data);
    return false;
  }
  const auto operand = [](auto of, bool transposed) {
    const Strided<const T> plain{of.data, of.cols, 1};
    return transposed ? plain.transposed() : plain;
  };
  product<Isa, T>(sums.rows, sums.cols, depth, operand(a, transpose_a), operand(b, transpose_b),
                  Strided<const T>{bias, 0, 1}, {sums.data, sums.cols, 1});
  return true;
}

/// to = op(a) op(b): in the room that `to` has for sums, then handed over.
template <bool transpose_a, bool transpose_b>
void multiply_into(auto a, auto b, auto to) {
  const auto sums = to.raw();
  multiply<transpose_a, transpose_b, typename decltype(to)::Scalar>(a, b, nullptr, sums);
  if constexpr (!is_matrix<decltype(to)>) each(to, [](auto sum) { return sum; }, sums);
}

template <class T>
inline constexpr const T* no_bias = nullptr;

}  // namespace detail

/// y = x W + b. x (rows, In), W (In, Out), b (Out).
template <class X, class W, class B, class Y>
void affine(X x, W w, B b, Y y) {
  if (x.rows == 1) return detail::row_product(w.cols, w.rows, x.data, std::size_t{1}, w.data, b.data, y);
  if constexpr (!is_one_row<X>) {
    const auto sums = y.raw();
    if (!detail::multiply<false, false>(x, w, b.data, sums))
      each(y, [](auto sum, auto bias) { return sum + bias; }, sums, b);
    else if constexpr (!is_matrix<Y>)
      each(y, [](auto sum) { return sum; }, sums);
  }
}

/// y = x W. x (rows, In), W (In, Out).
template <class X, class W, class Y>
void product(X x, W w, Y y) {
  if (x.rows == 1) 
    return detail::row_product(w.cols, w.rows, x.data, std::size_t{1}, w.data, detail::no_bias<typename Y::Scalar>, y);
  if constexpr (!is_one_row<X>) detail::multiply_into<false, false>(x, w, y);
}

/// to = xᵀ y. x (rows, In), y (rows, Out), to (In, Out).
template <class X, class Y, class To>
void product_tn(X x, Y y, To to) {
  detail::multiply_into<true, false>(x, y, to);
}

/// to = x Wᵀ. x (rows, Out), W (In, Out), to (rows, In). A destination without rows means that nobody needs it.
template <class X, class W, class To>
void product_nt(X x, W w, To to) {
  if (to.rows != 0) detail::multiply_into<false, true>(x, w, to);
}

}  // namespace evomlp::kernels
