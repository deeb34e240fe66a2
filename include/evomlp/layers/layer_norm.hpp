// SPDX-License-Identifier: MIT
// LayerNorm: each sample brought to mean 0 and variance 1 over its features.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/kernels/each.hpp"

#include <cmath>
#include <cstddef>

namespace evomlp {

namespace detail {

// Outside the layer's template: one instantiation for all widths.
struct LayerNormFormulas {
  static constexpr auto scaled = [](auto x_hat, auto weight, auto bias) { return x_hat * weight + bias; };
  static constexpr auto g = [](auto dy, auto weight) { return dy * weight; };
  static constexpr auto g_x_hat = [](auto dy, auto weight, auto x_hat) { return dy * weight * x_hat; };
  static constexpr auto input_gradient = [](auto dy, auto weight, auto x_hat, auto mean_g, auto mean_g_x_hat, auto inverse_std) {
    return (dy * weight - mean_g - x_hat * mean_g_x_hat) * inverse_std;
  };

  /// x̂ of one row, and 1 / sqrt(variance + eps).
  static double normalise(auto x, auto x_hat, double eps) {
    const double n = static_cast<double>(x.cols);
    const double mean = kernels::total([](auto v) { return v; }, x) / n;
    const double variance = kernels::total([mean](auto v) { return (v - mean) * (v - mean); }, x) / n;
    const double inverse_std = 1 / std::sqrt(variance + eps);
    kernels::each(x_hat, [mean, inverse_std](auto v) { return (v - mean) * inverse_std; }, x);
    return inverse_std;
  }
};

}  // namespace detail

/// y = x̂ ∘ weight + bias with x̂ = (x − mean) / sqrt(variance + eps), mean and variance (Σ(x−mean)²/N) of the sample's own
/// N features; weight starts at 1, bias at 0. Backward, with g = dy ∘ weight and means over the features:
/// dx = (g − mean(g) − x̂ mean(g ∘ x̂)) / sqrt(variance + eps).
///
/// The same in training and prediction, whatever else is in the batch. (Ba, Kiros and Hinton 2016; conventions of PyTorch)
template <std::size_t N, Real eps = 1e-5>
struct LayerNorm : private detail::LayerNormFormulas {
  static_assert(N > 0, "evomlp::LayerNorm: a width of 0");
  static_assert(eps.value() >= 0, "evomlp::LayerNorm: eps is negative");
  static constexpr std::size_t in_features = N, out_features = N;

  static constexpr Parameter<"weight", N> weight{.initial = 1};
  static constexpr Parameter<"bias", N> bias{.initial = 0};
  static constexpr SavedRows<"normalised", N> normalised{};
  static constexpr SavedRows<"inverse_std", 1> inverse_std{};
  static constexpr auto parameters = table(weight, bias);
  static constexpr auto saved = table(normalised, inverse_std);

  static void predict(auto self, auto x, auto y) {
    for (std::size_t i = 0; i < y.rows; ++i) normalise(x.row(i), y.row(i), eps.value());
    kernels::each(y, scaled, y, self[weight], self[bias]);
  }

  static void forward(auto self, auto x, auto y) {
    using T = typename decltype(y)::Scalar;
    const auto x_hat = self[normalised], inverse = self[inverse_std];
    for (std::size_t i = 0; i < y.rows; ++i)
      inverse(i, 0) = static_cast<T>(normalise(x.row(i), x_hat.row(i), eps.value()));
    kernels::each(y, scaled, x_hat, self[weight], self[bias]);
  }

  static void backward(auto self, auto grad, auto /*x*/, auto /*y*/, auto dy, auto dx) {
    const auto x_hat = self[normalised], inverse = self[inverse_std];
    kernels::sums(dy.rows, grad[weight], [](auto d, auto v) { return d * v; }, dy, x_hat);
    kernels::column_sums(dy, grad[bias]);
    for (std::size_t i = 0; i < dx.rows; ++i) {
      const kernels::Constant mean_g{kernels::total(g, dy.row(i), self[weight]) / N};
      const kernels::Constant mean_g_x_hat{kernels::total(g_x_hat, dy.row(i), self[weight], x_hat.row(i)) / N};
      const kernels::Constant factor{static_cast<double>(inverse(i, 0))};
      kernels::each(dx.row(i), input_gradient, dy.row(i), self[weight], x_hat.row(i), mean_g, mean_g_x_hat, factor);
    }
  }
};

}  // namespace evomlp
