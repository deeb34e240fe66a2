// SPDX-License-Identifier: MIT
// The class that a row of outputs names.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <span>

namespace evomlp::detail {

/// The index of the largest number, the first of equals; the first NaN's where there is one, as NumPy's and PyTorch's
/// argmax: always an index that is there. A row with a NaN names no class, and is never right: who compares it with a
/// label looks whether row[index] is a number.
template <class T>
constexpr std::size_t index_of_largest(std::span<T> row) {
  std::size_t largest = 0;
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (row[j] != row[j]) return j;
    if (row[j] > row[largest]) largest = j;
  }
  return largest;
}

}  // namespace evomlp::detail
