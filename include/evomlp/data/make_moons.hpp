// SPDX-License-Identifier: MIT
// Two interleaving half circles, scikit-learn's make_moons.
#pragma once

#include "evomlp/data/two_classes.hpp"

#include <cstddef>
#include <cstdint>

namespace evomlp {

struct MakeMoons {
  int n_samples = 100;     ///< both moons together; the lower one gets the odd sample
  double noise = 0;        ///< standard deviation of the Gaussian noise on both coordinates
  bool shuffle = true;     ///< false: all of the upper moon, then all of the lower one, each from end to end
  std::uint64_t seed = 0;  ///< of noise and order
};

/// The upper moon (target 0) is (cos a, sin a), the lower one (target 1) is (1 - cos a, 1/2 - sin a), with a evenly
/// spaced on [0, pi], both ends included. x is (n_samples, 2), y is (n_samples, 1). The arguments mean what they mean
/// in scikit-learn's sklearn.datasets.make_moons; the random numbers are our own, the same bits on every compiler.
/// Throws DataError for fewer than 2 samples or a negative noise.
template <class T = float>
Dataset<T> make_moons(const MakeMoons& options = {}) {
  const auto place = [](bool lower, std::size_t k, std::size_t count) {
    // One sample sits at the start of its moon, as in numpy.linspace.
    const double turns = count == 1 ? 0.0 : static_cast<double>(k) / static_cast<double>(2 * (count - 1));
    const auto angle = portable::sin_cos_turns(turns);
    return lower ? detail::Point{1.0 - angle.cos, 0.5 - angle.sin} : detail::Point{angle.cos, angle.sin};
  };
  return detail::two_classes<T>("make_moons", options.n_samples, options.noise, options.shuffle, options.seed, place);
}

}  // namespace evomlp
