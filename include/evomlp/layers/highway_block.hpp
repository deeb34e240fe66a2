// SPDX-License-Identifier: MIT
// HighwayBlock: y = T(x) F(x) + (1 − T(x)) x.
#pragma once

#include "evomlp/kernels/destination.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/sigmoid.hpp"

#include <cstddef>

namespace evomlp {

namespace detail {

/// The gate's Linear: its bias starts at −1, whatever the initialiser, so that the block starts by carrying x.
template <std::size_t N>
struct HighwayGate : Linear<N, N> {
  static constexpr Parameter<"bias", N> bias{.initial = -1};
  static constexpr ScratchRows<"gated", N> gated{};  // in prediction: the same room as the body's own, which has run by then
  static constexpr auto parameters = table(Linear<N, N>::weight, bias);
  static constexpr auto scratch = table(gated);
};

}  // namespace detail

/// y = T ∘ F(x) + (1 − T) ∘ x with the gate T = σ(x W_T + b_T), b_T = −1 at the start. Backward, with t = T(x) and
/// f = F(x): df = dy ∘ t; the gate's dz = dy ∘ (f − x) ∘ t (1 − t); dx = dy ∘ (1 − t) + both branches' share.
/// (Srivastava, Greff and Schmidhuber 2015)
template <class... Ls>
struct HighwayBlock {
  using Body = Sequential<Ls...>;
  static constexpr std::size_t in_features = Body::in_features, out_features = Body::out_features;
  static_assert(in_features != same_width, "evomlp::HighwayBlock: no layer of the body says its width");
  static_assert(in_features == out_features, "evomlp::HighwayBlock: the body must produce the width that enters it");
  static constexpr bool any_dy = true;

  using Gate = detail::HighwayGate<in_features>;
  static constexpr Child<"gate", Gate> gate{};
  static constexpr Child<"body", Body> body{};
  static constexpr SavedRows<"t", out_features> t{};
  static constexpr SavedRows<"f", out_features> f{};
  static constexpr ScratchRows<"d", out_features> d{};    // first df, then the gate's dz
  static constexpr ScratchRows<"carried", in_features> carried{};
  static constexpr ScratchRows<"through_body", in_features> through_body{};
  static constexpr auto children = table(gate, body);
  static constexpr auto saved = table(t, f);
  static constexpr auto backward_scratch = table(d, carried, through_body);

  static void predict(auto self, auto x, auto y) {
    const auto gated = self[gate][Gate::gated];
    self[body].predict(x, y);
    self[gate].predict(x, kernels::Activated<Sigmoid, decltype(gated)>{gated});
    kernels::each(y, mix, gated, y, x);
  }

  static void forward(auto self, auto x, auto y) {
    const auto gated = self[t];
    self[gate].forward(x, kernels::Activated<Sigmoid, decltype(gated)>{gated});
    self[body].forward(x, self[f]);
    kernels::each(y, mix, gated, self[f], x);
  }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    auto direct = self[carried], body_share = self[through_body];
    direct.rows = body_share.rows = dx.rows;  // none where nobody needs dx
    kernels::each(self[d], [](auto g, auto gated) { return g * gated; }, dy, self[t]);
    self[body].backward(grad[body], x, self[f], self[d], body_share);
    kernels::each(direct, [](auto g, auto gated, auto share) { return g * (1 - gated) + share; }, dy, self[t], body_share);
    kernels::each(self[d], [](auto g, auto value, auto v, auto gated) { return g * (value - v) * gated * (1 - gated); }, dy,
                  self[f], x, self[t]);
    self[gate].backward(grad[gate], x, self[t], self[d], kernels::AddedTo{direct, 1.0, dx});
  }

 private:
  static constexpr auto mix = [](auto gated, auto value, auto x) { return gated * value + (1 - gated) * x; };
};

}  // namespace evomlp
