// SPDX-License-Identifier: MIT
// Runs a metric over rows, in batches as evaluate gives them.
#pragma once

#include "evomlp/kernels/native.hpp"
#include "evomlp/losses/loss.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace evomlp_test {

/// `metric` after all rows of `cols` outputs; targets are as many numbers, or std::int32_t labels, one for each row.
template <class M>
M after(M metric, std::size_t cols, const auto& y, const auto& targets, std::size_t batch = 1000) {
  const std::span outputs(y);
  const std::span expected(targets);
  using T = typename decltype(outputs)::element_type;
  using Target = typename decltype(expected)::element_type;
  using Matrix = evomlp::kernels::Matrix<T, evomlp::isa::ThisTarget>;
  const std::size_t rows = outputs.size() / cols;
  for (std::size_t i = 0; i < rows; i += batch) {
    const std::size_t count = (std::min)(batch, rows - i);
    const Matrix of_batch{outputs.data() + i * cols, count, cols};
    if constexpr (std::is_same_v<Target, const std::int32_t>)
      metric.add(of_batch, evomlp::detail::LabelView{expected.data() + i, count});
    else
      metric.add(of_batch, Matrix{expected.data() + i * cols, count, cols});
  }
  return metric;
}

}  // namespace evomlp_test
