// SPDX-License-Identifier: MIT
// Destinations: what happens to a number on its way to memory, put(i, j, number), and a source scaled on its way from
// it. They nest, so that a result is activated, kept and added to something else in one pass.
//
// Two rules: put may be called twice for one place (the tail of a row overlaps the vector before it), with numbers that
// differ in rounding, of which the last counts. And what a destination reads must not overlap what it writes: until the
// last put, other numbers may lie there.
#pragma once

#include "evomlp/core/view.hpp"

#include <cstddef>

namespace evomlp::kernels {

/// factor · source.
template <class Source>
struct Scaled {
  using Scalar = typename Source::Scalar;
  using Isa = typename Source::Isa;
  static constexpr bool is_flat = Source::is_flat;

  double factor;
  Source source;
  [[no_unique_address]] decltype(Source::rows) rows = source.rows;
  std::size_t cols = source.cols;

  template <class N>
  N at(std::size_t i, std::size_t j) const {
    return N(factor) * source.template at<N>(i, j);
  }
};

/// Stores A(z) where z is put: an activation applied in the pass that finishes the result.
template <class A, class To>
struct Activated {
  using Scalar = typename To::Scalar;
  using Isa = typename To::Isa;
  static constexpr bool is_flat = To::is_flat;

  To to;
  [[no_unique_address]] decltype(To::rows) rows = to.rows;
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
  [[no_unique_address]] decltype(To::rows) rows = to.rows;
  std::size_t cols = to.cols;

  void put(std::size_t i, std::size_t j, auto number) const {
    copy.put(i, j, number);
    to.put(i, j, number);
  }
  auto raw() const { return to.raw(); }
};

/// Stores x + factor · f where f is put. x must not overlap the place that is written.
template <class X, class To>
struct AddedTo {
  using Scalar = typename To::Scalar;
  using Isa = typename To::Isa;
  static constexpr bool is_flat = X::is_flat && To::is_flat;

  X x;
  double factor;
  To to;
  [[no_unique_address]] decltype(To::rows) rows = to.rows;
  std::size_t cols = to.cols;

  void put(std::size_t i, std::size_t j, auto f) const {
    to.put(i, j, fma(decltype(f)(factor), f, x.template at<decltype(f)>(i, j)));
  }
  auto raw() const { return to.raw(); }
};

// clang before 17 deduces no aggregates.
template <class Source>
Scaled(double, Source) -> Scaled<Source>;
template <class Copy, class To>
Kept(Copy, To) -> Kept<Copy, To>;
template <class X, class To>
AddedTo(X, double, To) -> AddedTo<X, To>;

}  // namespace evomlp::kernels
