// SPDX-License-Identifier: MIT
// The three products of a fully connected layer, each by our own kernel or by BLAS, whichever is faster for the shape.
#pragma once

#include "evomlp/kernels/each.hpp"
#include "evomlp/kernels/product.hpp"
#include "evomlp/kernels/row_product.hpp"

namespace evomlp::kernels {

namespace detail {

/// Our kernel is about twice as fast as OpenBLAS up to 64 × 64 and a tie from 128 × 128 on; without fused
/// multiply-add it loses to BLAS's run-time dispatch except on the smallest.
template <class Isa>
constexpr bool use_blas(std::size_t weights) {
  if constexpr (Isa::has_blas)
    return weights > (Isa::has_fma ? 128 * 128 : 64);
  else
    return false;
}

}  // namespace detail

/// y = x W + b. x (rows, In), W (In, Out), b (Out).
template <class X, class W, class B, class Y>
void affine(X x, W w, B b, Y y) {
  using Isa = typename Y::Isa;
  if (x.rows == 1) return detail::row_product(w.cols, w.rows, x.data, w.data, b.data, y);
  if constexpr (!is_one_row<X>) {
    if constexpr (Isa::has_blas) {
      if (detail::use_blas<Isa>(w.rows * w.cols)) {
        const auto z = y.raw();
        Isa::gemm(false, false, x.rows, w.cols, w.rows, x.data, x.cols, w.data, w.cols, z.data);
        return each(
            y, [](auto product, auto bias) { return product + bias; }, z, b);
      }
    }
    detail::product<false>(x.rows, w.cols, w.rows, {x.data, x.cols, 1}, w.data, w.cols, b.data, y);
  }
}

/// y = x W. x (rows, In), W (In, Out).
template <class X, class W, class Y>
void product(X x, W w, Y y) {
  using Isa = typename Y::Isa;
  using T = typename Y::Scalar;
  const T* const zero = nullptr;
  if (x.rows == 1) return detail::row_product(w.cols, w.rows, x.data, w.data, zero, y);
  if constexpr (!is_one_row<X>) {
    if constexpr (Isa::has_blas) {
      if (detail::use_blas<Isa>(w.rows * w.cols)) {
        const auto z = y.raw();
        Isa::gemm(false, false, x.rows, w.cols, w.rows, x.data, x.cols, w.data, w.cols, z.data);
        if constexpr (!is_matrix<Y>)
          each(
              y, [](auto sum) { return sum; }, z);
        return;
      }
    }
    detail::product<false>(x.rows, w.cols, w.rows, {x.data, x.cols, 1}, w.data, w.cols, zero, y);
  }
}

/// to = xᵀ y. x (rows, In), y (rows, Out), to (In, Out).
template <class X, class Y, class To>
void product_tn(X x, Y y, To to) {
  using Isa = typename To::Isa;
  if constexpr (Isa::has_blas) {
    if (detail::use_blas<Isa>(to.rows * to.cols))
      return Isa::gemm(true, false, to.rows, to.cols, x.rows, x.data, x.cols, y.data, y.cols, to.data);
  }
  using T = typename To::Scalar;
  detail::product<false>(to.rows, to.cols, x.rows, {x.data, 1, x.cols}, y.data, y.cols, static_cast<const T*>(nullptr),
                         to);
}

/// to = x Wᵀ. x (rows, Out), W (In, Out), to (rows, In). A destination without rows means that nobody needs it.
template <class X, class W, class To>
void product_nt(X x, W w, To to) {
  using Isa = typename To::Isa;
  if (to.rows == 0) return;
  if constexpr (Isa::has_blas) {
    if (detail::use_blas<Isa>(w.rows * w.cols)) {
      const auto z = to.raw();
      Isa::gemm(false, true, x.rows, w.rows, w.cols, x.data, x.cols, w.data, w.cols, z.data);
      if constexpr (!is_matrix<To>)
        each(
            to, [](auto product) { return product; }, z);
      return;
    }
  }
  using T = typename To::Scalar;
  detail::product<true>(x.rows, w.rows, w.cols, {x.data, x.cols, 1}, w.data, w.cols, static_cast<const T*>(nullptr),
                        to);
}

}  // namespace evomlp::kernels
