// SPDX-License-Identifier: MIT
// The orthogonal initialiser: weights that turn and reflect.
#pragma once

#include "evomlp/core/random.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/init/initializer.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace evomlp::init {

namespace detail {

/// Σ a b through fma, in an order that is the same on every compiler; eight sums, which a processor can add at a time.
template <class = evomlp::detail::WhereCalled>
double dot(const double* a, const double* b, std::size_t size) {
  double sums[8] = {};
  for (std::size_t i = 0; i < size; ++i) sums[i % 8] = std::fma(a[i], b[i], sums[i % 8]);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// `count` vectors of `size` ≥ count numbers, one behind the other, each of length 1 and at right angles to all others; every
/// direction is as likely as any. Normal draws by Gram-Schmidt, a second time for a vector of which little is left.
template <class = evomlp::detail::WhereCalled>
std::vector<double> orthonormal(const Random& random, std::size_t count, std::size_t size) {
  std::vector<double> vectors(count * size);
  for (std::size_t k = 0; k < count; ++k) {
    double* const v = vectors.data() + k * size;
    for (std::size_t i = 0; i < size; ++i) v[i] = random.normal(k * size + i);
    double before = 0, length = std::sqrt(dot(v, v, size));
    do {
      for (const double* u = vectors.data(); u != v; u += size) {
        const double along = dot(u, v, size);
        for (std::size_t i = 0; i < size; ++i) v[i] = std::fma(-along, u[i], v[i]);
      }
      before = length;
      length = std::sqrt(dot(v, v, size));
    } while (length < before / 10);
    for (std::size_t i = 0; i < size; ++i) v[i] /= length;
  }
  return vectors;
}

struct Orthogonal {
  double gain;

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    std::fill(values.begin(), values.end(), T(0));
    if (parameter.rank != 2) return;
    const std::size_t in = parameter.in, out = parameter.out, size = (std::max)(in, out);
    const std::vector<double> vectors = orthonormal(context.random, (std::min)(in, out), size);
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o)
        values[i * out + o] = static_cast<T>(gain * vectors[in > out ? o * size + i : i * size + o]);
  }
};

}  // namespace detail

/// Weights whose rows, or columns where there are fewer of those, have the length `gain` and stand at right angles to
/// each other: a square one changes no length but by `gain`, neither the signal's nor the gradient's, however many
/// follow. For ReLU take √2, for tanh a little more than 1. Biases 0. Takes a second for 1024 × 1024, and eight for
/// twice the widths. Throws TrainingError for a gain that isn't finite. (Saxe et al. 2014)
constexpr auto orthogonal(double gain = 1) {
  evomlp::detail::require_finite("init::orthogonal", "gain", gain);
  return detail::Orthogonal{gain};
}

}  // namespace evomlp::init
