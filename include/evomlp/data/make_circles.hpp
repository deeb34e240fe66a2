// SPDX-License-Identifier: MIT
// Two concentric circles, scikit-learn's make_circles.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/data/two_classes.hpp"

#include <cstddef>
#include <cstdint>

namespace evomlp {

struct MakeCircles {
  int n_samples = 100;     ///< both circles together; the inner one gets the odd sample
  double noise = 0;        ///< standard deviation of the Gaussian noise on both coordinates
  double factor = 0.8;     ///< radius of the inner circle, in [0, 1); the outer one's is 1
  bool shuffle = true;     ///< false: all of the outer circle, then all of the inner one, counterclockwise from (r, 0)
  std::uint64_t seed = 0;  ///< of noise and order
};

/// A large circle (target 0) around a small one (target 1), each with evenly spaced samples: sample k of m lies at
/// angle 2 pi k / m. x is (n_samples, 2), y is (n_samples, 1). The arguments mean what they mean in scikit-learn's
/// sklearn.datasets.make_circles; the random numbers are our own, the same bits on every compiler.
/// Throws DataError for fewer than 2 samples, a negative noise, a factor outside [0, 1).
template <class T = float>
Dataset<T> make_circles(const MakeCircles& options = {}) {
  const double factor = options.factor;
  if (!portable::is_finite(factor) || factor < 0 || factor >= 1) {
    throw DataError(detail::concat({"make_circles: factor is ", factor, ", expected a radius in [0, 1)"}));
  }
  const auto place = [factor](bool inner, std::size_t k, std::size_t count) {
    const auto angle = portable::sin_cos_turns(static_cast<double>(k) / static_cast<double>(count));
    const double radius = inner ? factor : 1.0;
    return detail::Point{radius * angle.cos, radius * angle.sin};
  };
  return detail::two_classes<T>("make_circles", options.n_samples, options.noise, options.shuffle, options.seed, place);
}

}  // namespace evomlp
