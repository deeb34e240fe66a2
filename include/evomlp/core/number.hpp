// SPDX-License-Identifier: MIT
// A number in a formula: one scalar or one SIMD batch, with the same arithmetic, so that a formula is written once.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if defined(min) || defined(max)
#error "evomlp (and xtensor and xsimd) can't be read while min and max are macros: define NOMINMAX before <windows.h>"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace evomlp {

template <class V>
struct Number;

namespace detail {

template <class V>
struct ScalarOf {
  using type = typename V::value_type;  // a SIMD batch
};
template <class V>
requires std::is_floating_point_v<V>
struct ScalarOf<V> {
  using type = V;
};

/// a · b + c of SIMD batches; specialised where their own library is slow at it.
template <class V>
struct MultiplyAdd {
  static V of(V a, V b, V c) { return fma(a, b, c); }
};

/// √a, correctly rounded; specialised where something is faster than the processor's own.
template <class V>
struct SquareRoot {
  static V of(V a) {
    using std::sqrt;
    return sqrt(a);
  }
};

/// Sums over a SIMD batch's lanes; specialised where the batch's own library errs, or makes g++ warn.
template <class V>
struct LaneSums {
  static auto of(V v) {
    if constexpr (requires { reduce_add(v); }) return reduce_add(v);
    else return hadd(v);  // xsimd before 10
  }
  /// Of as many batches as one has lanes.
  template <class T>
  requires requires(const V* vectors) { haddp(vectors); }
  static void of_each(const V* vectors, T* to) {
    haddp(vectors).store_unaligned(to);
  }
};

}  // namespace detail

/// What a comparison of two Numbers gives; `select(mask, yes, no)` chooses by it.
template <class V>
struct Mask {
  using Bits = decltype(std::declval<V>() < std::declval<V>());
  Bits bits;

  friend Mask operator&(Mask a, Mask b) { return {a.bits && b.bits}; }
  friend Mask operator|(Mask a, Mask b) { return {a.bits || b.bits}; }
  friend Mask operator!(Mask a) { return {!a.bits}; }

  /// Where the mask holds the first, elsewhere the second. Both are computed.
  friend Number<V> select(Mask mask, Number<V> yes, Number<V> no) {
    if constexpr (Number<V>::is_scalar)
      return mask.bits ? yes : no;
    else
      return select(mask.bits, yes.v, no.v);
  }
};

/// V is float, double or a SIMD batch of them. Functions are found by argument lookup: a formula writes `exp(z)` and
/// `max(z, 0)`, never a namespace. Literals convert, so `0.5 * z` stays in z's precision.
///
/// A thin wrapper instead of the bare type, because on bare types `max(z, 0)` deduces nothing, `0.5 * z` silently
/// becomes double on a scalar, and `select(z > 0, …)` on a float finds POSIX's select.
template <class V>
struct Number {
  using Scalar = typename detail::ScalarOf<V>::type;
  static constexpr bool is_scalar = std::is_floating_point_v<V>;
  static constexpr std::size_t lanes = sizeof(V) / sizeof(Scalar);

  V v;

  Number() = default;
  Number(V value) : v(value) {}
  template <class S>
  requires std::is_arithmetic_v<S> Number(S scalar) : v(static_cast<Scalar>(scalar)) {}

  static Number load(const Scalar* from) {
    if constexpr (is_scalar)
      return *from;
    else
      return V::load_unaligned(from);
  }
  void store(Scalar* to) const {
    if constexpr (is_scalar)
      *to = v;
    else
      v.store_unaligned(to);
  }

  friend Number operator+(Number a, Number b) { return a.v + b.v; }
  friend Number operator-(Number a, Number b) { return a.v - b.v; }
  friend Number operator*(Number a, Number b) { return a.v * b.v; }
  friend Number operator/(Number a, Number b) { return a.v / b.v; }
  friend Number operator-(Number a) { return -a.v; }
  Number& operator+=(Number b) { return *this = *this + b; }
  Number& operator-=(Number b) { return *this = *this - b; }
  Number& operator*=(Number b) { return *this = *this * b; }
  Number& operator/=(Number b) { return *this = *this / b; }

  friend Mask<V> operator==(Number a, Number b) { return {a.v == b.v}; }
  friend Mask<V> operator<(Number a, Number b) { return {a.v < b.v}; }
  friend Mask<V> operator>(Number a, Number b) { return {a.v > b.v}; }
  friend Mask<V> operator<=(Number a, Number b) { return {a.v <= b.v}; }
  friend Mask<V> operator>=(Number a, Number b) { return {a.v >= b.v}; }
  // Not `a.v != b.v`: xsimd 8 takes the ordered instruction with AVX and AVX-512, for which NaN != NaN is false.
  friend Mask<V> operator!=(Number a, Number b) { return {!(a.v == b.v)}; }

  /// The larger of two; a NaN in the first argument stays (as std::max has it), so max(z, 0) hides no NaN. Not by the
  /// instruction: which of its operands stays differs between instruction sets, and between xsimd before 14 and since.
  friend Number max(Number a, Number b) { return select(a < b, b, a); }
  /// The smaller of two; a NaN in the first argument stays.
  friend Number min(Number a, Number b) { return select(b < a, b, a); }
  /// a · b + c, in one rounding where the instruction set can, else in two. (std::fma always rounds once: where there is
  /// no instruction for it, by a function that is slow, and on a small processor as large as a network's code.)
  friend Number fma(Number a, Number b, Number c) {
    if constexpr (is_scalar)
      return a.v * b.v + c.v;
    else
      return detail::MultiplyAdd<V>::of(a.v, b.v, c.v);
  }
  friend Number abs(Number a) {
    using std::abs;
    return abs(a.v);
  }
  friend Number sqrt(Number a) {
    return detail::SquareRoot<V>::of(a.v);
  }
  friend Number exp(Number a) {
    using std::exp;
    return exp(a.v);
  }
  friend Number log(Number a) {
    using std::log;
    return log(a.v);
  }
  friend Number expm1(Number a) {
    using std::expm1;
    return expm1(a.v);
  }
  friend Number log1p(Number a) {
    using std::log1p;
    return log1p(a.v);
  }
  friend Number sin(Number a) {
    using std::sin;
    return sin(a.v);
  }
  friend Number cos(Number a) {
    using std::cos;
    return cos(a.v);
  }
  friend Number pow(Number a, Number b) {
    using std::pow;
    return pow(a.v, b.v);
  }
  friend Number tanh(Number a) {
    using std::tanh;
    return tanh(a.v);
  }
  friend Number erf(Number a) {
    using std::erf;
    if constexpr (is_scalar) return erf(a.v);
    else return erf(max(min(a, Number(6)), Number(-6)).v);  // ±1 from there on; xsimd's in double is NaN far out
  }

  /// The sum over the lanes, in a fixed order.
  double sum() const {
    if constexpr (is_scalar) {
      return static_cast<double>(v);
    } else {
      Scalar each[lanes];
      v.store_unaligned(each);
      double total = 0;
      for (const Scalar one : each) total += static_cast<double>(one);
      return total;
    }
  }
};

}  // namespace evomlp
