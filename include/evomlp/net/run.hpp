// SPDX-License-Identifier: MIT
// A network run on flat memory: what every entry point comes down to. Nothing here allocates, throws or knows tensors.
#pragma once

#include "evomlp/compose/self.hpp"
#include "evomlp/core/view.hpp"

#include <cstddef>

namespace evomlp::detail {

/// y = Net(x) in prediction mode. x (rows, in_features); scratch for `capacity` ≥ rows. Rows is std::size_t or OneRow.
template <class Net, class Isa, class T, class Rows>
void run_predict(const T* parameters, const T* buffers, T* scratch, std::size_t capacity, const T* x, Rows rows, T* y) {
  using R = Run<T, Isa, false, void, Rows>;
  const Self<Net, R> self{parameters, buffers, nullptr, scratch, rows, capacity, Net::in_features, {}, 0, {}};
  self.predict(Matrix<const T, Isa, Rows>{x, rows, Net::in_features}, Matrix<T, Isa, Rows>{y, rows, Net::out_features});
}

}  // namespace evomlp::detail
