// SPDX-License-Identifier: MIT
// FeatureScaling: what a scaler does before the network, as the network's first layer.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/kernels/each.hpp"

#include <cstddef>

namespace evomlp {

/// y = (x − offset) / scale, feature by feature, none of them trained; y = x at the start. The offset is the sum of
/// `offset` and `offset_rest`: a float alone would round a large one (a pressure of 101325.7 Pa) by more than
/// what is left after the subtraction tolerates.
template <std::size_t N>
struct FeatureScaling {
  static_assert(N > 0, "evomlp::FeatureScaling: a width of 0");
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr bool any_destination = true, any_dy = true;

  static constexpr Buffer<"offset", N> offset{.initial = 0};
  static constexpr Buffer<"offset_rest", N> offset_rest{.initial = 0};
  static constexpr Buffer<"scale", N> scale{.initial = 1};
  static constexpr auto buffers = table(offset, offset_rest, scale);

  static void predict(auto self, auto x, auto y) {
    kernels::each(y, [](auto v, auto o, auto rest, auto s) { return ((v - o) - rest) / s; }, x, self[offset],
                  self[offset_rest], self[scale]);
  }

  static void backward(auto self, auto /*grad*/, auto /*x*/, auto /*y*/, auto dy, auto dx) {
    kernels::each(dx, [](auto d, auto s) { return d / s; }, dy, self[scale]);
  }
};

}  // namespace evomlp
