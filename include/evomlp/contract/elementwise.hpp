// SPDX-License-Identifier: MIT
// How an activation runs as a layer.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/kernels/each.hpp"

namespace evomlp::detail {

/// dx = dy · A'(z), from z or from y = A(z), whichever A's slope is written in.
template <class A>
void multiply_by_slope(auto dy, auto z, auto y, auto dx) {
  if constexpr (SlopeNeedsInput<A>) kernels::each(dx, [](auto d, auto input) { return d * A::slope(input); }, dy, z);
  else kernels::each(dx, [](auto d, auto output) { return d * A::slope_from_value(output); }, dy, y);
}

template <class A>
struct ElementwiseLayer {
  static void predict(auto, auto x, auto y) {
    kernels::each(y, [](auto z) { return A::value(z); }, x);
  }
  static void backward(auto, auto, auto x, auto y, auto dy, auto dx) { multiply_by_slope<A>(dy, x, y, dx); }
};

template <class L>
struct Implementation {
  using type = L;
};
template <Elementwise L>
struct Implementation<L> {
  using type = ElementwiseLayer<L>;
};

/// The type whose functions run the layer L: L itself, or the adapter of an activation.
template <class L>
using implementation = typename Implementation<L>::type;

}  // namespace evomlp::detail
