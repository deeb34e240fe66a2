// SPDX-License-Identifier: MIT
// ProjectedResidualBlock: y = S(x) + λ F(x), where the width changes.
#pragma once

#include "evomlp/core/real.hpp"
#include "evomlp/kernels/destination.hpp"
#include "evomlp/layers/sequential.hpp"

#include <cstddef>

namespace evomlp {

/// y = S(x) + λ F(x): S the shortcut, usually a Linear, F the layers Ls… Both take the same width and produce the same.
/// Backward: dx = (∂S/∂x)ᵀ dy + λ (∂F/∂x)ᵀ dy. (He et al. 2015, projection shortcut)
template <Real lambda, class Shortcut, class... Ls>
struct ProjectedResidualBlock {
  using Body = Sequential<Ls...>;
  static constexpr std::size_t in_features = Body::in_features, out_features = Body::out_features;
  static_assert(in_features != same_width, "evomlp::ProjectedResidualBlock: no layer of the body says its width");
  static_assert(detail::in_width<Shortcut>() == in_features && detail::out_width<Shortcut>() == out_features,
                "evomlp::ProjectedResidualBlock: the shortcut must take and produce the widths of the body");
  static constexpr Real residual_scale = lambda;
  static constexpr bool any_destination = true, any_dy = true;

  static constexpr Child<"shortcut", Shortcut> shortcut{};
  static constexpr Child<"body", Body> body{};
  static constexpr SavedRows<"s", out_features> s{};  // S(x)
  static constexpr SavedRows<"f", out_features> f{};  // F(x)
  static constexpr ScratchRows<"room", out_features> room{};
  static constexpr ScratchRows<"dx_shortcut", in_features> dx_shortcut{};
  static constexpr auto children = table(shortcut, body);
  static constexpr auto saved = table(s, f);
  static constexpr auto scratch = table(room);
  static constexpr auto backward_scratch = table(dx_shortcut);

  static void predict(auto self, auto x, auto y) {
    self[shortcut].predict(x, self[room]);
    self[body].predict(x, kernels::AddedTo{self[room], lambda.value(), y});
  }

  static void forward(auto self, auto x, auto y) {
    self[shortcut].forward(x, self[s]);
    self[body].forward(x, kernels::Kept{self[f], kernels::AddedTo{self[s], lambda.value(), y}});
  }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    auto to = self[dx_shortcut], plain = self[room];
    to.rows = dx.rows;  // none where nobody needs dx
    kernels::each(plain, [](auto d) { return d; }, dy);
    self[shortcut].backward(grad[shortcut], x, self[s], plain, to);
    self[body].backward(grad[body], x, self[f], kernels::Scaled{lambda.value(), plain}, kernels::AddedTo{to, 1.0, dx});
  }
};

}  // namespace evomlp
