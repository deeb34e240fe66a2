// SPDX-License-Identifier: MIT
// SGD: θ ← θ − lr · g.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/optim/concepts.hpp"

#include <cstddef>

namespace evomlp {

/// θ ← θ − lr · g.
struct SGD {
  double lr = 1e-2;

  static constexpr std::size_t state = 0;
  void check() const { detail::require_not_negative("SGD", "lr", lr); }
  auto at(Step) const {
    return [rate = lr](auto g, auto) { return rate * g; };
  }
};

}  // namespace evomlp
