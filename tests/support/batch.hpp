// SPDX-License-Identifier: MIT
#pragma once

#include "evomlp/core/random.hpp"
#include "evomlp/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace evomlp_test {

/// (rows, cols) standard normal numbers.
template <class T>
evomlp::Tensor<T> normal_batch(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  auto x = evomlp::make_matrix<T>(rows, cols);
  const evomlp::Random random(seed, evomlp::Stream::data);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<T>(random.normal(i));
  return x;
}

/// (rows, cols) numbers in row-major order.
template <class T>
evomlp::Tensor<T> batch(std::size_t rows, std::size_t cols, std::initializer_list<double> numbers) {
  auto x = evomlp::make_matrix<T>(rows, cols);
  if (x.size() != numbers.size()) throw evomlp::ShapeError("batch: a wrong count of numbers");
  std::size_t i = 0;
  for (const double number : numbers) x.data()[i++] = static_cast<T>(number);
  return x;
}

}  // namespace evomlp_test
