// SPDX-License-Identifier: MIT
// Numbers for tests, from the library's own streams: the same on every machine.
#pragma once

#include "evomlp/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace evomlp_test {

/// One number after the other from a seed.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed, evomlp::Stream::data) {}

  std::size_t size(std::size_t least, std::size_t most) {
    return least + static_cast<std::size_t>(random_.below(next_++, most - least + 1));
  }
  /// A size at which kernels change what they do: 1, or a full vector or tile, one less, one more, up to 65.
  std::size_t edge() {
    const std::size_t full[] = {2, 4, 8, 16, 32, 48, 64}, which = size(0, 6);
    return full[which] + size(0, 2) - 1;
  }
  /// A whole number in [-8, 8]: sums of products of these are exact in float, in any order.
  double whole() { return static_cast<double>(size(0, 16)) - 8; }
  double uniform(double least, double most) { return least + (most - least) * random_.uniform(next_++); }
  double normal() { return random_.normal(next_++); }

  template <class T>
  void fill_whole(std::span<T> values) {
    for (T& v : values) v = static_cast<T>(whole());
  }
  template <class T>
  void fill_normal(std::span<T> values) {
    for (T& v : values) v = static_cast<T>(normal());
  }

 private:
  evomlp::Random random_;
  std::uint64_t next_ = 0;
};

}  // namespace evomlp_test
