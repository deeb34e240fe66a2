// SPDX-License-Identifier: MIT
// With AVX-512: what xsimd is slow at, or has wrong in a version that we take.
#pragma once

#include "evomlp/core/number.hpp"
#include "evomlp/kernels/xsimd.hpp"

#include <cstddef>
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

// The processor's own root and the quotient that follows it in Adam take turns at one divider, for a fifth of a small
// network's step. So: an estimate of 1/√a to 14 bits, twice as many by Goldschmidt's step, and the rest by what is left
// of a. That gives the bits of the exact root, rounded (the test tries them all), where nothing on the way leaves a
// float's range. With AVX2, whose divider is as fast for half as many numbers, there was nothing to gain.
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
