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
constexpr bool goes_to_blas(std::size_t weights) {
  if constexpr (Isa::has_blas) return weights > (Isa::has_fma ? 128 * 128 : 64);
  else return false;
}

/// op(a) op(b) by BLAS into the room that `to` has for it; finish(sums) then hands it over. (Our own kernel does that as
/// it goes.)
template <bool transpose_a, bool transpose_b>
void blas_product(auto a, auto b, auto to, auto finish) {
  using Isa = typename decltype(to)::Isa;
  if constexpr (Isa::has_blas) {
    const auto sums = to.raw();
    Isa::gemm(transpose_a, transpose_b, transpose_a ? a.cols : a.rows, transpose_b ? b.rows : b.cols,
              transpose_a ? a.rows : a.cols, a.data, a.cols, b.data, b.cols, sums.data);
    finish(sums);
  }
}

/// The finish of a product without a bias.
template <class To>
auto as_it_is(To to) {
  return [=](auto sums) {
    if constexpr (!is_matrix<To>) each(to, [](auto sum) { return sum; }, sums);
  };
}

template <class T>
inline constexpr const T* no_bias = nullptr;

}  // namespace detail

/// y = x W + b. x (rows, In), W (In, Out), b (Out).
template <class X, class W, class B, class Y>
void affine(X x, W w, B b, Y y) {
  if (x.rows == 1) return detail::row_product(w.cols, w.rows, x.data, w.data, b.data, y);
  if constexpr (!is_one_row<X>) {
    if (detail::goes_to_blas<typename Y::Isa>(w.rows * w.cols))
      return detail::blas_product<false, false>(x, w, y, [&](auto sums) {
        each(y, [](auto sum, auto bias) { return sum + bias; }, sums, b);
      });
    detail::product<false>(x.rows, w.cols, w.rows, {x.data, x.cols, 1}, w.data, w.cols, b.data, y);
  }
}

/// y = x W. x (rows, In), W (In, Out).
template <class X, class W, class Y>
void product(X x, W w, Y y) {
  constexpr auto zero = detail::no_bias<typename Y::Scalar>;
  if (x.rows == 1) return detail::row_product(w.cols, w.rows, x.data, w.data, zero, y);
  if constexpr (!is_one_row<X>) {
    if (detail::goes_to_blas<typename Y::Isa>(w.rows * w.cols))
      return detail::blas_product<false, false>(x, w, y, detail::as_it_is(y));
    detail::product<false>(x.rows, w.cols, w.rows, {x.data, x.cols, 1}, w.data, w.cols, zero, y);
  }
}

/// to = xᵀ y. x (rows, In), y (rows, Out), to (In, Out).
template <class X, class Y, class To>
void product_tn(X x, Y y, To to) {
  if (detail::goes_to_blas<typename To::Isa>(to.rows * to.cols))
    return detail::blas_product<true, false>(x, y, to, detail::as_it_is(to));
  detail::product<false>(to.rows, to.cols, x.rows, {x.data, 1, x.cols}, y.data, y.cols,
                         detail::no_bias<typename To::Scalar>, to);
}

/// to = x Wᵀ. x (rows, Out), W (In, Out), to (rows, In). A destination without rows means that nobody needs it.
template <class X, class W, class To>
void product_nt(X x, W w, To to) {
  if (to.rows == 0) return;
  if (detail::goes_to_blas<typename To::Isa>(w.rows * w.cols))
    return detail::blas_product<false, true>(x, w, to, detail::as_it_is(to));
  detail::product<true>(x.rows, w.rows, w.cols, {x.data, x.cols, 1}, w.data, w.cols,
                        detail::no_bias<typename To::Scalar>, to);
}

}  // namespace evomlp::kernels
