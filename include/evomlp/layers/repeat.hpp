// SPDX-License-Identifier: MIT
// Repeat: the same layers N times, each time with parameters of their own.
#pragma once

#include "evomlp/layers/sequential.hpp"

#include <cstddef>

namespace evomlp {

/// Ls… written N times, each with its own parameters. For the keys it is one entry that holds N · |Ls| modules:
/// `2.0.weight`, `2.1.weight`, …
template <std::size_t N, class... Ls>
struct Repeat {
  static_assert(N > 0, "evomlp::Repeat: at least once");
  using Modules = detail::Repeated<N, Ls...>;
  static_assert(detail::Widths<Modules>::check());
  using Pipeline = detail::Pipeline<Modules>;

  static constexpr std::size_t in_features = detail::Widths<Modules>::at[0];
  static constexpr std::size_t out_features = detail::Widths<Modules>::at[N * sizeof...(Ls)];
  static constexpr detail::Layout layout = Pipeline::layout;

  static void predict(auto self, auto x, auto y) { Pipeline::predict(self, x, y); }
  static void forward(auto self, auto x, auto y) { Pipeline::forward(self, x, y); }
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) { Pipeline::backward(self, grad, x, y, dy, dx); }
};

}  // namespace evomlp
