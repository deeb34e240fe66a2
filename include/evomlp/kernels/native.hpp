// SPDX-License-Identifier: MIT
// The instruction set that the compiler's flags allow.
#pragma once

#include "evomlp/kernels/avx512.hpp"
#include "evomlp/kernels/xsimd.hpp"

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

#include <cstddef>
#include <string_view>
#include <type_traits>

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
