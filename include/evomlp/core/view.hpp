// SPDX-License-Identifier: MIT
// Views: where numbers lie, for whom they are computed. A source is read with at<N>(i, j).
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <type_traits>

namespace evomlp {

namespace isa {

/// The instruction set a function was compiled for, carried by the views that it works on, so that translation units
/// with different flags link safely. Plain is standard C++ only: no SIMD library, no BLAS. (kernels/native.hpp has
/// the one that the compiler's flags allow.)
struct Plain {
  template <class T>
  using Vector = T;
  static constexpr bool has_blas = false;
};

}  // namespace isa

namespace kernels {

/// A number of rows that the type knows: prediction of one sample then compiles to the code for one row only.
using OneRow = std::integral_constant<std::size_t, 1>;

/// rows × cols numbers, row-major and contiguous. Rows are samples.
template <class T, class Isa_ = isa::Plain, class Rows = std::size_t>
struct Matrix {
  using Scalar = std::remove_const_t<T>;
  using Isa = Isa_;
  static constexpr bool is_flat = true;  // element (i, j) may be addressed as (0, i · cols + j)

  T* data;
  [[no_unique_address]] Rows rows;
  std::size_t cols;

  T& operator()(std::size_t i, std::size_t j) const { return data[i * cols + j]; }
  template <class N>
  N at(std::size_t i, std::size_t j) const {
    return N::load(data + i * cols + j);
  }
  void put(std::size_t i, std::size_t j, auto number) const { number.store(data + i * cols + j); }
  Matrix raw() const { return *this; }  // room of this size for what is unfinished
  Matrix<T, Isa, OneRow> row(std::size_t i) const { return {data + i * cols, {}, cols}; }
};

/// One row; as a source it is the same for every sample.
template <class T, class Isa_ = isa::Plain>
struct Vector {
  using Scalar = std::remove_const_t<T>;
  using Isa = Isa_;
  static constexpr bool is_flat = false;

  T* data;
  std::size_t size;

  T& operator[](std::size_t j) const { return data[j]; }
  template <class N>
  N at(std::size_t, std::size_t j) const {
    return N::load(data + j);
  }
};

/// The same number everywhere.
struct Constant {
  static constexpr bool is_flat = true;
  double value;

  template <class N>
  N at(std::size_t, std::size_t) const {
    return N(value);
  }
};

// clang before 17 deduces no aggregates.
template <class T>
Matrix(T*, std::size_t, std::size_t) -> Matrix<T>;

template <class V>
inline constexpr bool is_matrix = false;
template <class T, class Isa, class Rows>
inline constexpr bool is_matrix<Matrix<T, Isa, Rows>> = true;

/// V is known to have one row.
template <class V>
inline constexpr bool is_one_row = std::is_same_v<decltype(V::rows), OneRow>;

}  // namespace kernels
}  // namespace evomlp
