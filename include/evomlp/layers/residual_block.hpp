// SPDX-License-Identifier: MIT
// ResidualBlock: y = x + λ F(x).
#pragma once

#include "evomlp/core/real.hpp"
#include "evomlp/kernels/destination.hpp"
#include "evomlp/layers/sequential.hpp"

#include <cstddef>

namespace evomlp {

/// y = x + λ F(x), F the layers Ls… one after the other, which must give back the width they take. Backward:
/// dx = dy + λ (∂F/∂x)ᵀ dy. λ is fixed: 1 is He et al. (2015), 0.1 a cautious one, 5 an aggressive one (start it with
/// init::residual_scaled()); 0 leaves x and trains nothing.
template <Real lambda, class... Ls>
struct ResidualBlock {
  using Body = Sequential<Ls...>;
  static constexpr std::size_t in_features = Body::in_features, out_features = Body::out_features;
  static_assert(in_features != same_width, "evomlp::ResidualBlock: no layer of the body says its width");
  static_assert(in_features == out_features, "evomlp::ResidualBlock: the body must produce the width that enters it");
  static constexpr Real residual_scale = lambda;
  static constexpr bool any_destination = true, any_dy = true;

  static constexpr Child<"body", Body> body{};
  static constexpr SavedRows<"f", out_features> f{};  // F(x)
  static constexpr auto children = table(body);
  static constexpr auto saved = table(f);

  static void predict(auto self, auto x, auto y) { self[body].predict(x, kernels::AddedTo{x, lambda.value(), y}); }

  static void forward(auto self, auto x, auto y) {
    self[body].forward(x, kernels::Kept{self[f], kernels::AddedTo{x, lambda.value(), y}});
  }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    self[body].backward(grad[body], x, self[f], kernels::Scaled{lambda.value(), dy}, kernels::AddedTo{dy, 1.0, dx});
  }
};

}  // namespace evomlp
