// SPDX-License-Identifier: MIT
// Layers as a user of the library would write them.
#pragma once

#include "evomlp/contract/declare.hpp"
#include "evomlp/kernels/each.hpp"

#include <cstddef>

namespace evomlp_test {

/// Swish by its slope in the input.
struct Swish {
  static auto value(auto z) { return z / (1 + exp(-z)); }
  static auto slope(auto z) {
    const auto s = 1 / (1 + exp(-z));
    return s * (1 + z * (1 - s));
  }
};

/// exp(−z²/2): its slope can only be had from the input.
struct Gaussian {
  static auto value(auto z) { return exp(-0.5 * z * z); }
  static auto slope(auto z) { return -z * exp(-0.5 * z * z); }
};

/// z / (1 + |z|) by its slope in the output.
struct Softsign {
  static auto value(auto z) { return z / (1 + abs(z)); }
  static auto slope_from_value(auto y) { return (1 - abs(y)) * (1 - abs(y)); }
};

/// y = 3 x + the row's mean, without widths or parameters: any width is kept.
struct AddRowMean {
  static void predict(auto /*self*/, auto x, auto y) { add_mean(x, y); }
  static void backward(auto /*self*/, auto /*grad*/, auto /*x*/, auto /*y*/, auto dy, auto dx) { add_mean(dy, dx); }

 private:
  static void add_mean(auto from, auto to) {
    for (std::size_t i = 0; i < to.rows; ++i) {
      const double mean =
          evomlp::kernels::total([](auto v) { return v; }, from.row(i)) / static_cast<double>(from.cols);
      evomlp::kernels::each(
          to.row(i), [mean](auto v) { return 3 * v + mean; }, from.row(i));
    }
  }
};

/// y = gain ∘ x ∘ x with a trained gain of width N, and a forward of its own that keeps x ∘ x.
template <std::size_t N>
struct SquareGain {
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr evomlp::Parameter<"gain", N> gain{.initial = 0.5};
  static constexpr evomlp::SavedRows<"square", N> square{};
  static constexpr auto parameters = evomlp::table(gain);
  static constexpr auto saved = evomlp::table(square);

  static void predict(auto self, auto x, auto y) {
    evomlp::kernels::each(
        y, [](auto v, auto g) { return g * v * v; }, x, self[gain]);
  }
  static void forward(auto self, auto x, auto y) {
    evomlp::kernels::each(
        self[square], [](auto v) { return v * v; }, x);
    evomlp::kernels::each(
        y, [](auto s, auto g) { return g * s; }, self[square], self[gain]);
  }
  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    evomlp::kernels::sums(
        x.rows, grad[gain], [](auto d, auto s) { return d * s; }, dy, self[square]);
    evomlp::kernels::each(
        dx, [](auto d, auto v, auto g) { return 2 * d * v * g; }, dy, x, self[gain]);
  }
};

/// y = x + L(drop(x)), a block of one's own: a child with a width of its own and one that keeps any width.
template <class L, class Drop>
struct OwnBlock {
  static constexpr std::size_t in_features = L::in_features, out_features = L::out_features;
  static constexpr evomlp::Child<"drop", Drop, in_features> drop{};
  static constexpr evomlp::Child<"layer", L> layer{};
  static constexpr evomlp::SavedRows<"dropped", in_features> dropped{};
  static constexpr evomlp::SavedRows<"f", out_features> f{};
  static constexpr evomlp::ScratchRows<"room", in_features> room{};
  static constexpr evomlp::ScratchRows<"value", out_features> value{};
  static constexpr auto children = evomlp::table(drop, layer);
  static constexpr auto saved = evomlp::table(dropped, f);
  static constexpr auto scratch = evomlp::table(room, value);

  static void predict(auto self, auto x, auto y) {
    self[drop].predict(x, self[room]);
    self[layer].predict(self[room], self[value]);
    evomlp::kernels::each(
        y, [](auto a, auto b) { return a + b; }, x, self[value]);
  }
  static void forward(auto self, auto x, auto y) {
    self[drop].forward(x, self[dropped]);
    self[layer].forward(self[dropped], self[f]);
    evomlp::kernels::each(
        y, [](auto a, auto b) { return a + b; }, x, self[f]);
  }
  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    self[layer].backward(grad[layer], self[dropped], self[f], dy, self[room]);
    if (dx.rows == 0) return;
    self[drop].backward(grad[drop], x, self[dropped], self[room], dx);
    evomlp::kernels::each(
        dx, [](auto a, auto b) { return a + b; }, dx, dy);
  }
};

}  // namespace evomlp_test
