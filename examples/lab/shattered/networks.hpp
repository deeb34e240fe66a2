// SPDX-License-Identifier: MIT
// The networks that the experiment `shattered` compares, from the start of Balduzzi et al. (2017), and noise in the place
// of one. Each says its depth, which counts the first and the last layer, and looks at its gradients.
#pragma once

#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace shattered {

using namespace evomlp;

inline constexpr std::size_t width = 100, outputs = 10;
inline constexpr std::size_t pictured = 24;  // the depth that pictures show

template <std::size_t depth, class... Hidden>
using Stack = std::conditional_t<depth == 2, Identity, Repeat<depth - 2, Hidden...>>;
using First = Linear<1, width>;
using Hidden = Linear<width, width, false>;
using Last = Linear<width, outputs, false>;
using BatchNorm = BatchNorm1d<width>;

/// The first biases N(0, 1), the others N(0, 9/width); He's weights, the last N(0, 1/width); those of gates × `gates`.
struct Start {
  double gates = 1;

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    double stddev = parameter.key == "0.bias" ? 1 : 3 / std::sqrt(static_cast<double>(width));
    if (parameter.rank == 2) stddev = std::sqrt((parameter.out == outputs ? 1 : 2) / static_cast<double>(parameter.in));
    if (parameter.key.ends_with("gate.weight")) stddev *= gates;
    init::normal(0, stddev)(parameter, context, values);
  }
};

template <std::size_t layers, class Net>
struct Network {
  static constexpr std::size_t depth = layers;
  static GradientAutocorrelation look(const GradientGrid& grid, std::uint64_t seed, double gates = 1) {
    return gradient_autocorrelation(Model<Net, double>(Start{gates}, seed), grid);
  }
};

template <std::size_t depth>
struct Plain : Network<depth, Sequential<First, ReLU, Stack<depth, Linear<width, width>, ReLU>, Last>> {};
template <std::size_t depth>
struct PlainBatchNorm
    : Network<depth, Sequential<First, BatchNorm, ReLU, Stack<depth, Hidden, BatchNorm, ReLU>, Last>> {};
template <std::size_t depth, Real beta>
struct Residual : Network<depth, Sequential<First, Stack<depth, ResidualBlock<beta, BatchNorm, ReLU, Hidden>>, Last>> {
};
template <std::size_t depth>
using Residual1 = Residual<depth, 1>;
template <std::size_t depth>
using ResidualHalf = Residual<depth, 0.5>;
template <std::size_t depth>
using ResidualTenth = Residual<depth, 0.1>;
template <std::size_t depth>
struct Highway : Network<depth, Sequential<First, Stack<depth, HighwayBlock<BatchNorm, ReLU, Hidden>>, Last>> {};
template <std::size_t depth>
struct HighwaySmallGates : Highway<depth> {
  static GradientAutocorrelation look(const GradientGrid& grid, std::uint64_t seed) {
    return Highway<depth>::look(grid, seed, 0.1);
  }
};

/// Series of noise in the place of the outputs' gradients.
template <auto noise>
struct Noise {
  static constexpr std::size_t depth = pictured;
  static GradientAutocorrelation look(const GradientGrid& grid, std::uint64_t seed) {
    const auto points = static_cast<std::size_t>(grid.points);
    GradientAutocorrelation found;
    found.gradients = make_matrix<double>(outputs, points);
    found.correlation.resize(static_cast<std::size_t>(grid.lags) + 1);
    for (std::size_t k = 0; k < outputs; ++k) {
      const auto series = noise(points, seed * outputs + k);
      const auto correlation = autocorrelation(series, grid.lags);
      for (std::size_t i = 0; i < points; ++i) found.gradients(k, i) = series[i];
      for (std::size_t lag = 0; lag < correlation.size(); ++lag) found.correlation[lag] += correlation[lag] / outputs;
    }
    return found;
  }
};

}  // namespace shattered
