// SPDX-License-Identifier: MIT
// ReZeroBlock: y = x + α F(x) with α trained, 0 at the start.
#pragma once

#include "evomlp/kernels/destination.hpp"
#include "evomlp/layers/sequential.hpp"

#include <cstddef>
#include <optional>

namespace evomlp {

/// y = x + α F(x), α one trained number that starts at 0: the network starts as the identity. Backward:
/// dα = Σ dy ∘ F(x), dx = dy + α (∂F/∂x)ᵀ dy. (Bachlechner et al. 2020)
template <class... Ls>
struct ReZeroBlock {
  using Body = Sequential<Ls...>;
  static constexpr std::size_t in_features = Body::in_features, out_features = Body::out_features;
  static_assert(in_features != same_width, "evomlp::ReZeroBlock: no layer of the body says its width");
  static_assert(in_features == out_features, "evomlp::ReZeroBlock: the body must produce the width that enters it");
  static constexpr bool any_destination = true, any_dy = true;

  static constexpr Parameter<"alpha", 1> alpha{.initial = 0};
  static constexpr Child<"body", Body> body{};
  static constexpr SavedRows<"f", out_features> f{};  // F(x)
  static constexpr auto parameters = table(alpha);
  static constexpr auto children = table(body);
  static constexpr auto saved = table(f);

  static void predict(auto self, auto x, auto y) { self[body].predict(x, kernels::AddedTo{x, self[alpha][0], y}); }

  static void forward(auto self, auto x, auto y) {
    self[body].forward(x, kernels::Kept{self[f], kernels::AddedTo{x, self[alpha][0], y}});
  }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    using T = typename decltype(self)::T;
    grad[alpha][0] = static_cast<T>(kernels::total([](auto h, auto d) { return h * d; }, self[f], dy));
    self[body].backward(grad[body], x, self[f], kernels::Scaled{self[alpha][0], dy}, kernels::AddedTo{dy, 1.0, dx});
  }
};

}  // namespace evomlp
