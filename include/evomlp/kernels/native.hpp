// SPDX-License-Identifier: MIT
// The instruction set that the compiler's flags allow: the one header that knows xsimd.
#pragma once

#include "evomlp/core/cxx20.hpp"
#include "evomlp/core/number.hpp"

/// 1 (default): large products go to BLAS. 0: our own kernel does them all, and no BLAS is included or linked.
#ifndef EVOMLP_USE_BLAS
#define EVOMLP_USE_BLAS 1
#endif

/// 1: the BLAS is OpenBLAS, and its openblas_set_num_threads is there to be linked. CMake finds that out; elsewhere it
/// is 0 unless the compiler's command line says so.
#ifndef EVOMLP_HAS_OPENBLAS_THREADS
#define EVOMLP_HAS_OPENBLAS_THREADS 0
#endif

#if EVOMLP_USE_BLAS
#include "evomlp/kernels/blas.hpp"
#endif

#if !__has_include(<xsimd/config/xsimd_config.hpp>)
#error "evomlp needs xsimd 8.1 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
libxsimd-dev) or add its folder with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xsimd/config/xsimd_config.hpp>
#if XSIMD_VERSION_MAJOR < 8 || (XSIMD_VERSION_MAJOR == 8 && XSIMD_VERSION_MINOR < 1)
#error "evomlp needs xsimd 8.1 or newer, and the compiler finds an older one: <xsimd/config/xsimd_config.hpp> says which; \
install a newer one or put its folder first with -I"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xsimd/xsimd.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

#if defined(__AVX512F__)
namespace evomlp::detail {

// Before its version 14 xsimd multiplies and adds in two instructions with AVX-512. g++ makes one of them, clang not.
template <class A>
requires std::is_base_of_v<xsimd::avx512f, A>
struct MultiplyAdd<xsimd::batch<float, A>> {
  using V = xsimd::batch<float, A>;
  static V of(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
};
template <class A>
requires std::is_base_of_v<xsimd::avx512f, A>
struct MultiplyAdd<xsimd::batch<double, A>> {
  using V = xsimd::batch<double, A>;
  static V of(V a, V b, V c) { return _mm512_fmadd_pd(a, b, c); }
};

// The processor's own root and the quotient that follows it in Adam take turns at one divider, for a fifth of a small network's
// step. So: an estimate of 1/√a to 14 bits, twice as many by Goldschmidt's step, and the rest by what is left of a. That gives
// the bits of the exact root, rounded (the test tries them all), where nothing on the way leaves a float's range. With AVX2,
// whose divider is as fast for half as many numbers, there was nothing to gain.
template <class A>
requires std::is_base_of_v<xsimd::avx512f, A>
struct SquareRoot<xsimd::batch<float, A>> {
  using V = xsimd::batch<float, A>;
  static V of(V a) {
    const __mmask16 plain = _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(a, _mm512_set1_ps(0x1p-100f), _CMP_GE_OQ), a,
                                                    _mm512_set1_ps(0x1p127f), _CMP_LT_OQ);
    if (plain != 0xFFFF) return xsimd::sqrt(a);
    const __m512 half = _mm512_set1_ps(0.5f), estimate = _mm512_maskz_rsqrt14_ps(0xFFFF, a);
    const __m512 root = _mm512_mul_ps(a, estimate), factor = _mm512_mul_ps(estimate, half);  // √a and 1 / (2 √a)
    const __m512 error = _mm512_fnmadd_ps(root, factor, half);
    const __m512 better = _mm512_fmadd_ps(root, error, root);
    return _mm512_fmadd_ps(_mm512_fnmadd_ps(better, better, a), _mm512_fmadd_ps(factor, error, factor), better);
  }
};

// By AVX, half and half: xsimd 8.1 mixes up the order of sixteen sums, and where it takes a vector apart g++ 12 warns of its
// own header. (Only the masked forms don't begin with an undefined vector.)
template <class T, class A>
requires std::is_floating_point_v<T> && std::is_base_of_v<xsimd::avx512f, A>
struct LaneSums<xsimd::batch<T, A>> {
  using V = xsimd::batch<T, A>;
  using Half = xsimd::batch<T, xsimd::avx>;
  static Half halves(V v) {
    if constexpr (std::is_same_v<T, float>) {
      const __m512d both = _mm512_castps_pd(v);
      return Half(_mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xF, both, 0))) +
             Half(_mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xF, both, 1)));
    } else {
      return Half(_mm512_maskz_extractf64x4_pd(0xF, v, 0)) + Half(_mm512_maskz_extractf64x4_pd(0xF, v, 1));
    }
  }
  static T of(V v) { return LaneSums<Half>::of(halves(v)); }
  static void of_each(const V* vectors, T* to) {
    constexpr std::size_t lanes = V::size, of_half = Half::size;
    Half half[lanes];
    for (std::size_t i = 0; i < lanes; ++i) half[i] = halves(vectors[i]);
    for (std::size_t i = 0; i < lanes; i += of_half) LaneSums<Half>::of_each(half + i, to + i);
  }
};

}  // namespace evomlp::detail
#endif

namespace evomlp::isa {

/// Arch is xsimd's tag. Whatever else a kernel's body depends on is an argument too (an ability), so that kernels
/// compiled with different flags are different functions and may be linked into one program. (Every unit must still run
/// on the machine at hand: code that is the same for all, such as a formula on a scalar, exists once, by whichever
/// flags the linker took it.)
template <class Arch, class... Abilities>
struct Native : Abilities... {
  /// "avx2", or nothing where the compiler's flags allow no vectors.
  static constexpr std::string_view name() {
    if constexpr (requires { Arch::name(); }) return Arch::name();
    else return {};
  }

  /// A SIMD batch, or the scalar where Arch has no batch of T.
  template <class T>
  using Vector = typename std::conditional_t<xsimd::has_simd_register<T, Arch>::value,
                                             std::type_identity<xsimd::batch<T, Arch>>, std::type_identity<T>>::type;
};

struct NoBlas {
  static constexpr bool has_blas = false;
};
struct Fma {
  static constexpr bool has_fma = true;
};
struct NoFma {
  static constexpr bool has_fma = false;
};

/// The compiler may take all numbers for finite and sums for associative.
struct FastMath {};

#if defined(__AVX__)
struct AvxTranspose {
  /// The side of the squares that `transpose` turns.
  template <class T>
  requires std::is_same_v<T, float>
  static constexpr std::size_t square = 8;

  /// to[j · to_row + i] = from[i · from_row + j], 8 × 8. (xsimd has a transpose only from version 9 on.)
  static void transpose(const float* from, std::size_t from_row, float* to, std::size_t to_row) {
    __m256 r[8], t[8];
    for (std::size_t q = 0; q < 8; ++q) r[q] = _mm256_loadu_ps(from + q * from_row);
    for (std::size_t q = 0; q < 4; ++q) {
      t[2 * q] = _mm256_unpacklo_ps(r[2 * q], r[2 * q + 1]);
      t[2 * q + 1] = _mm256_unpackhi_ps(r[2 * q], r[2 * q + 1]);
    }
    for (std::size_t q = 0; q < 2; ++q) {
      r[4 * q] = _mm256_shuffle_ps(t[4 * q], t[4 * q + 2], 0x44);
      r[4 * q + 1] = _mm256_shuffle_ps(t[4 * q], t[4 * q + 2], 0xEE);
      r[4 * q + 2] = _mm256_shuffle_ps(t[4 * q + 1], t[4 * q + 3], 0x44);
      r[4 * q + 3] = _mm256_shuffle_ps(t[4 * q + 1], t[4 * q + 3], 0xEE);
    }
    for (std::size_t q = 0; q < 4; ++q) {
      _mm256_storeu_ps(to + q * to_row, _mm256_permute2f128_ps(r[q], r[q + 4], 0x20));
      _mm256_storeu_ps(to + (q + 4) * to_row, _mm256_permute2f128_ps(r[q], r[q + 4], 0x31));
    }
  }
};
#define EVOMLP_TRANSPOSE , AvxTranspose
#else
#define EVOMLP_TRANSPOSE
#endif

#if EVOMLP_USE_BLAS && EVOMLP_HAS_OPENBLAS_THREADS
#define EVOMLP_BLAS OpenBlas
#elif EVOMLP_USE_BLAS
#define EVOMLP_BLAS Blas
#else
#define EVOMLP_BLAS NoBlas
#endif

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || (defined(_MSC_VER) && defined(__AVX2__))
#define EVOMLP_FMA Fma
#else
#define EVOMLP_FMA NoFma
#endif

#if defined(__FAST_MATH__) || defined(_M_FP_FAST)
#define EVOMLP_FAST_MATH , FastMath
#else
#define EVOMLP_FAST_MATH
#endif

#if defined(__AVX512BW__) && XSIMD_VERSION_MAJOR < 9
using WidestArch = xsimd::avx512dq;  // the same for float and double; xsimd 8's log doesn't compile for avx512bw
#else
using WidestArch = xsimd::default_arch;
#endif

/// What this translation unit was compiled for: the default of every entry point (predict, train_step, …).
using ThisTarget = Native<WidestArch, EVOMLP_BLAS, EVOMLP_FMA EVOMLP_TRANSPOSE EVOMLP_FAST_MATH>;

#undef EVOMLP_TRANSPOSE
#undef EVOMLP_BLAS
#undef EVOMLP_FMA
#undef EVOMLP_FAST_MATH

}  // namespace evomlp::isa
