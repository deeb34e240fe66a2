// SPDX-License-Identifier: MIT
// ClipCount: how much an element-wise clip did.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstdint>

namespace evomlp {

/// What element-wise clips did to a layer's elements: `clipped` of `seen`, an element that two of them change once. NaNs
/// are not clipped, and counted apart.
struct ClipCount {
  std::uint64_t seen = 0, clipped = 0, nan = 0;

  double share() const { return seen == 0 ? 0 : static_cast<double>(clipped) / static_cast<double>(seen); }
  ClipCount& operator+=(const ClipCount& other) {
    seen += other.seen;
    clipped += other.clipped;
    nan += other.nan;
    return *this;
  }
  void remember(auto& memory) {
    memory("seen", seen);
    memory("clipped", clipped);
    memory("nan", nan);
  }
};

}  // namespace evomlp
