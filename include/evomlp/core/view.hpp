// SPDX-License-Identifier: MIT
// Views: where numbers lie. A source is read with at<N>(i, j); a destination is written with put(i, j, number).
#pragma once

#include <cstddef>
#include <type_traits>

namespace evomlp {

/// The instruction set a function was compiled for, carried by the views that it works on, so that translation units
/// with different flags link safely. Plain is standard C++ only: no SIMD library, no BLAS. (kernels/native.hpp has
/// the one that the compiler's flags allow.)
struct Plain {
  template <class T>
  using Vector = T;
  static constexpr bool has_blas = false;
};

/// A number of rows that the type knows: prediction of one sample then compiles to the code for one row only.
using OneRow = std::integral_constant<std::size_t, 1>;

/// rows × cols numbers, row-major and contiguous. Rows are samples.
template <class T, class Isa_ = Plain, class Rows = std::size_t>
struct Matrix {
  using Scalar = std::remove_const_t<T>;
  using Isa = Isa_;
  static constexpr bool is_flat = true;  // element (i, j) may be addressed as (0, i · cols + j)

  T* data;
  Rows rows;
  std::size_t cols;

  T& operator()(std::size_t i, std::size_t j) const { return data[i * cols + j]; }
  template <class N>
  N at(std::size_t i, std::size_t j) const {
    return N::load(data + i * cols + j);
  }
  void put(std::size_t i, std::size_t j, auto number) const { number.store(data + i * cols + j); }
  Matrix raw() const { return *this; }  // room of this shape for an unfinished result
  Matrix<T, Isa, OneRow> row(std::size_t i) const { return {data + i * cols, {}, cols}; }
};

/// One row; as a source it is the same for every sample.
template <class T, class Isa_ = Plain>
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

/// factor · source.
template <class Source>
struct Scaled {
  using Scalar = typename Source::Scalar;
  using Isa = typename Source::Isa;
  static constexpr bool is_flat = Source::is_flat;

  double factor;
  Source source;
  decltype(Source::rows) rows = source.rows;
  std::size_t cols = source.cols;

  template <class N>
  N at(std::size_t i, std::size_t j) const {
    return N(factor) * source.template at<N>(i, j);
  }
};

/// Stores A(z) where z is put: an activation applied while the result is still in a register.
template <class A, class To>
struct Activated {
  using Scalar = typename To::Scalar;
  using Isa = typename To::Isa;
  static constexpr bool is_flat = To::is_flat;

  To to;
  decltype(To::rows) rows = to.rows;
  std::size_t cols = to.cols;

  void put(std::size_t i, std::size_t j, auto z) const { to.put(i, j, A::value(z)); }
  auto raw() const { return to.raw(); }
};

/// Stores what is put in a second place too.
template <class Copy, class To>
struct Kept {
  using Scalar = typename To::Scalar;
  using Isa = typename To::Isa;
  static constexpr bool is_flat = Copy::is_flat && To::is_flat;

  Copy copy;
  To to;
  decltype(To::rows) rows = to.rows;
  std::size_t cols = to.cols;

  void put(std::size_t i, std::size_t j, auto number) const {
    copy.put(i, j, number);
    to.put(i, j, number);
  }
  auto raw() const { return to.raw(); }
};

/// Stores x + factor · f where f is put. x must not be the place that is written: tails are put twice.
template <class X, class To>
struct AddedTo {
  using Scalar = typename To::Scalar;
  using Isa = typename To::Isa;
  static constexpr bool is_flat = X::is_flat && To::is_flat;

  X x;
  double factor;
  To to;
  decltype(To::rows) rows = to.rows;
  std::size_t cols = to.cols;

  void put(std::size_t i, std::size_t j, auto f) const {
    to.put(i, j, fma(decltype(f)(factor), f, x.template at<decltype(f)>(i, j)));
  }
  auto raw() const { return to.raw(); }
};

// clang before 17 deduces no aggregates.
template <class T>
Matrix(T*, std::size_t, std::size_t) -> Matrix<T>;
template <class Source>
Scaled(double, Source) -> Scaled<Source>;
template <class Copy, class To>
Kept(Copy, To) -> Kept<Copy, To>;
template <class X, class To>
AddedTo(X, double, To) -> AddedTo<X, To>;

template <class V>
inline constexpr bool is_matrix = false;
template <class T, class Isa, class Rows>
inline constexpr bool is_matrix<Matrix<T, Isa, Rows>> = true;

/// V is known to have one row.
template <class V>
inline constexpr bool is_one_row = std::is_same_v<decltype(V::rows), OneRow>;

}  // namespace evomlp
