// SPDX-License-Identifier: MIT
// Where a run of fit stands.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>

namespace evomlp::detail {

/// The epoch, the step in it, and the epoch's sums so far.
struct Position {
  int epoch = 0;
  std::size_t step = 0;  // the next one
  std::size_t samples = 0;
  double loss_sum = 0, weight_sum = 0, seconds = 0;

  void remember(auto& memory) {
    memory("epoch", epoch);
    memory("step", step);
    memory("samples", samples);
    memory("loss_sum", loss_sum);
    memory("weight_sum", weight_sum);
    memory("seconds", seconds);
  }
};

}  // namespace evomlp::detail
