// SPDX-License-Identifier: MIT
// The length of a vector, summed in double whatever its numbers are.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cmath>
#include <span>

namespace evomlp::detail {

template <class T>
double sum_of_squares(std::span<T> values) {
  double sum = 0;
  for (const auto value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}
template <class T>
double norm(std::span<T> values) {
  return std::sqrt(sum_of_squares(values));
}

}  // namespace evomlp::detail
