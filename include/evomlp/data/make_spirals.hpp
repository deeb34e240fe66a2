// SPDX-License-Identifier: MIT
// Two intertwined spirals: the small problem with a high frequency.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/data/two_classes.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace evomlp {

struct MakeSpirals {
  int n_samples = 100;     ///< both arms together; the second one gets the odd sample
  double noise = 0;        ///< standard deviation of the Gaussian noise on both coordinates
  double turns = 2;        ///< how often an arm winds around the origin; arms lie 1 / (2 turns) apart
  bool shuffle = true;     ///< false: all of the first arm, then all of the second one, each from the inside out
  std::uint64_t seed = 0;  ///< of noise and order
};

/// Two Archimedean spirals inside the unit circle. The first arm (target 0) is r (cos a, sin a) with a = 2 pi turns r;
/// the second one (target 1) is the first, turned by half a turn. Sample k of an arm's m has r = sqrt((k + 1/2) / m),
/// which spaces the samples almost evenly along the arm. x is (n_samples, 2), y is (n_samples, 1); the same bits on
/// every compiler. Throws DataError for fewer than 2 samples, a negative noise, turns that are not a positive number.
template <class T = float>
Dataset<T> make_spirals(const MakeSpirals& options = {}) {
  const double turns = options.turns;
  if (!portable::is_finite(turns) || turns <= 0) {
    throw DataError(detail::concat({"make_spirals: turns is ", turns, ", expected a positive number"}));
  }
  const auto place = [turns](bool second, std::size_t k, std::size_t count) {
    const double radius = std::sqrt((static_cast<double>(k) + 0.5) / static_cast<double>(count));
    const auto angle = portable::sin_cos_turns(turns * radius);
    const double signed_radius = second ? -radius : radius;
    return detail::Point{signed_radius * angle.cos, signed_radius * angle.sin};
  };
  return detail::two_classes<T>("make_spirals", options.n_samples, options.noise, options.shuffle, options.seed, place);
}

}  // namespace evomlp
