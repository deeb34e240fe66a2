// SPDX-License-Identifier: MIT
// A network run on flat memory: what every entry point comes down to. Nothing here allocates, throws or knows tensors.
#pragma once

#include "evomlp/contract/self.hpp"
#include "evomlp/core/view.hpp"

#include <cstddef>

namespace evomlp::detail {

/// y = Net(x) in prediction mode. x (rows, in_features); scratch for `capacity` ≥ rows. Rows is std::size_t or
/// kernels::OneRow.
template <class Net, class Isa, class T, class Rows>
void predict_rows(const T* parameters, const T* buffers, T* scratch, Rows capacity, const T* x, Rows rows, T* y) {
  const Self<Net, Mode<T, Isa, false, void, Rows>> self{parameters, buffers,          scratch, rows,
                                                        capacity,   Net::in_features, {},      {}};
  self.predict(kernels::Matrix<const T, Isa, Rows>{x, rows, Net::in_features},
               kernels::Matrix<T, Isa, Rows>{y, rows, Net::out_features});
}

}  // namespace evomlp::detail
