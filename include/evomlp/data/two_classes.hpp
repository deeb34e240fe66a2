// SPDX-License-Identifier: MIT
// What the generators of two classes in the plane share: layout, noise, order.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/data/dataset.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace evomlp::detail {

struct Point {
  double x, y;
};

/// Samples 0 .. n/2 - 1 have target 0, the others target 1 (an odd one out is a 1). `place(label, k, count)` is the
/// Point of the k-th of its class's count samples; Gaussian noise of the given standard deviation is added to both
/// coordinates. Noise belongs to the sample, not to the row: shuffled data are the unshuffled rows in another order.
template <class T, class Place>
Dataset<T> two_classes(const std::string& what, int n_samples, double noise, bool shuffled, std::uint64_t seed,
                       Place place) {
  if (n_samples < 2) throw DataError(concat({what, ": n_samples is ", n_samples, ", expected at least 2"}));
  if (!portable::is_finite(noise) || noise < 0) {
    throw DataError(concat({what, ": noise is ", noise, ", expected a standard deviation of 0 or more"}));
  }
  const auto n = static_cast<std::size_t>(n_samples);
  const std::size_t zeros = n / 2;

  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (shuffled) shuffle(order, Random(seed, Stream::data, 1));

  const Random random(seed, Stream::data);
  Dataset<T> dataset{make_matrix<T>(n, 2), make_matrix<T>(n, 1)};
  T* x = dataset.x.data();
  T* y = dataset.y.data();
  for (const std::size_t sample : order) {
    const bool label = sample >= zeros;
    const Point point = label ? place(true, sample - zeros, n - zeros) : place(false, sample, zeros);
    *x++ = static_cast<T>(std::fma(noise, random.normal(2 * std::uint64_t{sample}), point.x));
    *x++ = static_cast<T>(std::fma(noise, random.normal(2 * std::uint64_t{sample} + 1), point.y));
    *y++ = static_cast<T>(label);
  }
  return dataset;
}

}  // namespace evomlp::detail
