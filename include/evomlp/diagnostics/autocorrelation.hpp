// SPDX-License-Identifier: MIT
// How much a series of numbers resembles itself some steps later, and two kinds of noise to compare it with.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace evomlp {

/// The autocorrelation of a series at the lags 0 .. lags: Σ (xᵢ − m)(xᵢ₊ₗ − m) / Σ (xᵢ − m)², m its mean, over the
/// n − l pairs there are (so that it is never above 1). NaN throughout for a series that is constant.
/// Throws TrainingError unless 0 <= lags < n.
inline std::vector<double> autocorrelation(std::span<const double> series, int lags) {
  const std::size_t n = series.size();
  if (lags < 0 || static_cast<std::size_t>(lags) >= n)
    throw TrainingError(detail::concat(
        {"autocorrelation: lags is ", lags, ", expected 0 or more and fewer than the ", n, " numbers of the series"}));
  // Of the differences from the first number, which are exactly 0 in a constant series; its mean may be rounded.
  std::vector<double> centred(series.begin(), series.end());
  double mean = 0;
  for (double& value : centred) {
    value -= series[0];
    mean += value / static_cast<double>(n);
  }
  for (double& value : centred) value -= mean;
  std::vector<double> result;
  for (std::size_t lag = 0; lag <= static_cast<std::size_t>(lags); ++lag) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < n; ++i) sum += centred[i] * centred[i + lag];
    result.push_back(sum);
  }
  const double whole = result[0];
  for (double& value : result) value = whole > 0 ? value / whole : std::numeric_limits<double>::quiet_NaN();
  return result;
}

/// n independent standard normal numbers, from the stream `data` of the seed.
inline std::vector<double> white_noise(std::size_t n, std::uint64_t seed = 0) {
  const Random random(seed, Stream::data);
  std::vector<double> noise(n);
  for (std::size_t i = 0; i < n; ++i) noise[i] = random.normal(i);
  return noise;
}

/// A random walk: the running sum of white_noise(n, seed).
inline std::vector<double> brown_noise(std::size_t n, std::uint64_t seed = 0) {
  std::vector<double> noise = white_noise(n, seed);
  for (std::size_t i = 1; i < n; ++i) noise[i] += noise[i - 1];
  return noise;
}

}  // namespace evomlp
