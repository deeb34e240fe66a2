// SPDX-License-Identifier: MIT
// Linear: y = x W + b.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/kernels/products.hpp"

#include <cstddef>

namespace evomlp {

/// A fully connected layer: y = x W + b, x (batch, In), y (batch, Out). Backward: dW = xᵀ dy, db = Σ dy over the
/// batch, dx = dy Wᵀ. The weight lies as [In, Out]; files and `parameter` show it as [Out, In], as PyTorch does.
template <std::size_t In, std::size_t Out, bool with_bias = true>
struct Linear {
  static_assert(In > 0 && Out > 0, "evomlp::Linear: a width of 0");
  static constexpr std::size_t in_features = In, out_features = Out;
  static constexpr bool any_destination = true;
  static constexpr Parameter<"weight", In, Out> weight{};
  static constexpr Parameter<"bias", Out> bias{};
  static constexpr auto parameters = table(weight, bias);

  static void predict(auto self, auto x, auto y) { kernels::affine(x, self[weight], self[bias], y); }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    kernels::column_sums(dy, grad[bias]);             // db = sum over the batch of dy
    kernels::product_tn(x, dy, grad[weight]);         // dW = xᵀ dy
    kernels::product_nt(dy, self[weight], dx);        // dx = dy Wᵀ; dx has no rows where nobody needs it
  }
};

template <std::size_t In, std::size_t Out>
struct Linear<In, Out, false> {
  static_assert(In > 0 && Out > 0, "evomlp::Linear: a width of 0");
  static constexpr std::size_t in_features = In, out_features = Out;
  static constexpr bool any_destination = true;
  static constexpr Parameter<"weight", In, Out> weight{};
  static constexpr auto parameters = table(weight);

  static void predict(auto self, auto x, auto y) { kernels::product(x, self[weight], y); }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    kernels::product_tn(x, dy, grad[weight]);
    kernels::product_nt(dy, self[weight], dx);
  }
};

}  // namespace evomlp
