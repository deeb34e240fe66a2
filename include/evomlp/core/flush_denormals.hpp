// SPDX-License-Identifier: MIT
// Denormal numbers taken as 0 within a scope: a net that converges meets them, and each costs a hundred cycles.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if defined(__SSE__) || defined(_M_X64)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace evomlp {

/// Flushes denormals to 0 in this thread while it lives, and puts the caller's mode back. Without effect where the
/// processor's mode isn't known here.
class FlushDenormals {
 public:
#if defined(__SSE__) || defined(_M_X64)
  FlushDenormals() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }  // FTZ and DAZ
  ~FlushDenormals() { _mm_setcsr(before_); }
#elif defined(__aarch64__)
  FlushDenormals() noexcept {
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(before_));
    __asm__ __volatile__("msr fpcr, %0" : : "r"(before_ | (std::uint64_t{1} << 24)));
  }
  ~FlushDenormals() { __asm__ __volatile__("msr fpcr, %0" : : "r"(before_)); }
#else
  FlushDenormals() noexcept {}
  ~FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE__) || defined(_M_X64)
 private:
  unsigned before_;
#elif defined(__aarch64__)
 private:
  std::uint64_t before_;
#endif
};

}  // namespace evomlp
