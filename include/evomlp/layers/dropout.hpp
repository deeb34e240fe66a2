// SPDX-License-Identifier: MIT
// Dropout: in training each number is 0 with probability p.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/kernels/each.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace evomlp {

/// Training: y = x · mask with mask = 0 with probability p, else 1 / (1 − p), drawn anew in every step, so that the
/// mean stays. Prediction: y = x. 0 ≤ p < 1. (Srivastava et al. 2014, PyTorch's scaling)
///
/// The mask is a function of (seed, step, place in the network, row of the step's batch, column) alone: interrupted and
/// resumed training sees the same masks, one process the same as several, and a mask doesn't depend on what else was
/// drawn.
template <Real p>
struct Dropout {
  static_assert(p.value() >= 0 && p.value() < 1, "evomlp::Dropout: p must be at least 0 and below 1");
  static constexpr bool any_dy = true;
  static constexpr SavedRows<"mask"> mask{};
  static constexpr auto saved = table(mask);

  static void predict(auto /*self*/, auto x, auto y) {
    kernels::each(y, [](auto v) { return v; }, x);
  }

  static void forward(auto self, auto x, auto y) {
    const auto m = self[mask];
    fill(self.random(), self.first_row(), m);
    kernels::each(y, [](auto v, auto keep) { return v * keep; }, x, m);
  }

  static void backward(auto self, auto /*grad*/, auto /*x*/, auto /*y*/, auto dy, auto dx) {
    kernels::each(dx, [](auto d, auto keep) { return d * keep; }, dy, self[mask]);
  }

 private:
  static void fill(auto random, std::size_t first_row, auto m) {
    using T = typename decltype(m)::Scalar;
    constexpr T kept = static_cast<T>(1 / (1 - p.value()));
    constexpr auto dropped_below = static_cast<std::uint64_t>(p.value() * 0x1p32);
    const std::size_t blocks = (m.cols + 3) / 4;  // four numbers to a block of random bits
    for (std::size_t i = 0; i < m.rows; ++i) {
      for (std::size_t b = 0; b < blocks; ++b) {
        const auto words = random.block((first_row + i) * blocks + b);
        for (std::size_t j = 4 * b; j < (std::min)(4 * b + 4, m.cols); ++j)
          m(i, j) = words[j % 4] < dropped_below ? T(0) : kept;
      }
    }
  }
};

}  // namespace evomlp
