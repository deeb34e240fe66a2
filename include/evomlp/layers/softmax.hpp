// SPDX-License-Identifier: MIT
// Softmax: each row becomes probabilities.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/kernels/softmax.hpp"

#include <cstddef>

namespace evomlp {

/// y_j = exp(x_j) / Σ_k exp(x_k) over the features of each sample. Backward: dx_j = y_j (dy_j − Σ_k dy_k y_k).
/// For a classifier, end the net with logits and use CrossEntropyLoss, which is stable; this layer is for the rest.
struct Softmax {
  static constexpr bool gives_probabilities = true;

  static void predict(auto /*self*/, auto x, auto y) {
    kernels::softmax(x, y, [](auto...) {});
  }

  static void backward(auto /*self*/, auto /*grad*/, auto /*x*/, auto y, auto dy, auto dx) {
    for (std::size_t i = 0; i < dx.rows; ++i) {
      const double weighted_sum = kernels::total([](auto d, auto p) { return d * p; }, dy.row(i), y.row(i));
      kernels::each(dx.row(i), [weighted_sum](auto d, auto p) { return p * (d - weighted_sum); }, dy.row(i), y.row(i));
    }
  }
};

}  // namespace evomlp
