// SPDX-License-Identifier: MIT
// Elementary functions that give the same bits on every compiler, standard library and machine: IEEE +, -, *, /, sqrt
// and std::fma only. Wherever a product feeds a sum, std::fma is written out, because some compilers contract a * b + c
// and others don't. (Flags that give up IEEE arithmetic, like -ffast-math, give up this promise.)
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace evomlp::portable {

static_assert(std::numeric_limits<double>::is_iec559, "EvoMLP needs IEEE 754 floating point");

/// True unless x is NaN or infinite. Looks at the bits, so it also works where the compiler assumes finite numbers.
template <class T>
constexpr bool is_finite(T x) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "is_finite takes float or double");
  if constexpr (std::is_same_v<T, float>) {
    return (std::bit_cast<std::uint32_t>(x) & 0x7F800000u) != 0x7F800000u;
  } else {
    return (std::bit_cast<std::uint64_t>(x) & 0x7FF0000000000000u) != 0x7FF0000000000000u;
  }
}

/// c[0] x^(N-1) + ... + c[N-2] x + c[N-1] by Horner's rule.
template <std::size_t N>
double polynomial(double x, const double (&c)[N]) {
  double sum = c[0];
  for (std::size_t i = 1; i < N; ++i) sum = std::fma(sum, x, c[i]);
  return sum;
}

/// Natural logarithm of a positive, finite, normal x; relative error below 1e-15.
/// x = 2^e m with m in [sqrt(1/2), sqrt(2)); log x = e ln 2 + 2 atanh(s), s = (m - 1) / (m + 1), by atanh's own series.
inline double log(double x) {
  constexpr std::uint64_t sqrt_half = 0x3FE6A09E667F3BCDu;  // the bits of sqrt(1/2)
  constexpr double ln2_high = 0x1.62e42fefa39efp-1, ln2_low = 0x1.abc9e3b39803fp-56;
  constexpr double series[] = {1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                               1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};

  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::int64_t exponent = static_cast<std::int64_t>(bits - sqrt_half) >> 52;
  const double m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(exponent) << 52));

  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  const double log_m = 2.0 * std::fma(s * s2, polynomial(s2, series), s);
  const auto e = static_cast<double>(exponent);
  return std::fma(e, ln2_high, std::fma(e, ln2_low, log_m));
}

struct SinCos {
  double sin, cos;
};

/// sin(2 pi t) and cos(2 pi t) for a finite t, an angle in full turns; absolute error below 3e-16, and exact at
/// multiples of a quarter turn. The nearest quarter turn is taken off exactly; Taylor's series does the rest, |angle|
/// <= pi/4.
inline SinCos sin_cos_turns(double t) {
  constexpr double half_pi = 0x1.921fb54442d18p+0;
  constexpr double sine[] = {-1.0 / 121645100408832000.0,
                             1.0 / 355687428096000,
                             -1.0 / 1307674368000,
                             1.0 / 6227020800,
                             -1.0 / 39916800,
                             1.0 / 362880,
                             -1.0 / 5040,
                             1.0 / 120,
                             -1.0 / 6};
  constexpr double cosine[] = {1.0 / 2432902008176640000.0,
                               -1.0 / 6402373705728000,
                               1.0 / 20922789888000,
                               -1.0 / 87178291200,
                               1.0 / 479001600,
                               -1.0 / 3628800,
                               1.0 / 40320,
                               -1.0 / 720,
                               1.0 / 24,
                               -1.0 / 2};

  const double quarters = 4.0 * (t - std::trunc(t));
  const double nearest = std::floor(quarters + 0.5);
  const double x = (quarters - nearest) * half_pi;
  const double x2 = x * x;
  const double s = std::fma(x * x2, polynomial(x2, sine), x);
  const double c = std::fma(x2, polynomial(x2, cosine), 1.0);
  switch (static_cast<int>(nearest) & 3) {
    case 0: return {s, c};
    case 1: return {c, -s};
    case 2: return {-s, -c};
    default: return {-c, s};
  }
}

/// The standard normal quantile: the z with P(Z < z) = p, for 0 < p < 1; relative error about 1e-15.
/// Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484.
inline double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    constexpr double a[] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                            13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080};
    constexpr double b[] = {5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
                            5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0};
    const double r = std::fma(-q, q, 0.180625);
    return q * polynomial(r, a) / polynomial(r, b);
  }
  double r = std::sqrt(-portable::log(q < 0 ? p : 1.0 - p));
  double z;
  if (r <= 5.0) {
    constexpr double c[] = {7.74545014278341407640e-4, 0.0227238449892691845833, 0.241780725177450611770,
                            1.27045825245236838258,    3.64784832476320460504,   5.76949722146069140550,
                            4.63033784615654529590,    1.42343711074968357734};
    constexpr double d[] = {
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 0.0151986665636164571966, 0.148103976427480074590,
        0.689767334985100004550,   1.67638483018380384940,    2.05319162663775882187,   1.0};
    r -= 1.6;
    z = polynomial(r, c) / polynomial(r, d);
  } else {
    constexpr double e[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.00124266094738807843860,
                            0.0265321895265761230930,  0.296560571828504891230,   1.78482653991729133580,
                            5.46378491116411436990,    6.65790464350110377720};
    constexpr double f[] = {
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        0.0148753612908506148525,   0.136929880922735805310,   0.599832206555887937690,   1.0};
    r -= 5.0;
    z = polynomial(r, e) / polynomial(r, f);
  }
  return q < 0 ? -z : z;
}

}  // namespace evomlp::portable
