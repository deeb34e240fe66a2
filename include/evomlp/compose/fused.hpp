// SPDX-License-Identifier: MIT
// A layer and the activation after it as one: the activation is applied in the pass that finishes the result.
#pragma once

#include "evomlp/contract/self.hpp"
#include "evomlp/kernels/destination.hpp"

#include <cstddef>
#include <type_traits>

namespace evomlp::detail {

/// In place of P's result, of which nothing is kept: a layer with any_destination doesn't read its y in backward.
struct NotKept {};

/// y = A(P(x)), Width wide at its entrance. The network makes it; P and A know nothing of it.
template <class P, class A, std::size_t Width = in_width<P>()>
struct Fused {
  static constexpr std::size_t in_features = Width, out_features = out_width<P>() == same_width ? Width : out_width<P>();
  static constexpr bool any_destination = true, any_dy = true;
  static constexpr Child<"", P, Width> product{};
  static constexpr SavedRows<"z", out_features> z{};
  static constexpr ScratchRows<"dz", out_features> dz{};
  static constexpr auto children = table(product);
  static constexpr auto saved = [] {
    if constexpr (SlopeNeedsInput<A>) return table(z);
    else return table();
  }();
  static constexpr auto backward_scratch = table(dz);

  static void predict(const auto& self, const auto& x, const auto& y) {
    self[product].predict(x, kernels::Activated<A, std::remove_cvref_t<decltype(y)>>{y});
  }

  static void forward(auto self, auto x, auto y) {
    if constexpr (SlopeNeedsInput<A>) self[product].forward(x, kernels::Kept{self[z], kernels::Activated<A, decltype(y)>{y}});
    else self[product].forward(x, kernels::Activated<A, decltype(y)>{y});
  }

  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    const auto d = self[dz];
    if constexpr (SlopeNeedsInput<A>) multiply_by_slope<A>(dy, self[z], y, d);
    else multiply_by_slope<A>(dy, y, y, d);
    self[product].backward(grad[product], x, NotKept{}, d, dx);
  }
};

}  // namespace evomlp::detail
