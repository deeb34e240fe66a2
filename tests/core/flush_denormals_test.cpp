// SPDX-License-Identifier: MIT
#include "evomlp/core/flush_denormals.hpp"

#include <doctest/doctest.h>

#include <cfenv>
#include <limits>
#include <thread>

using evomlp::FlushDenormals;

namespace {

/// Whether this thread makes denormals. Volatile, so that the processor computes it and not the compiler.
bool has_denormals() {
  volatile float least = std::numeric_limits<float>::min();
  volatile double least_double = std::numeric_limits<double>::min();
  volatile float half = least * 0.5f;
  volatile double half_double = least_double * 0.5;
  return half != 0 && half_double != 0;
}

#if defined(__SSE__) || defined(_M_X64) || defined(__aarch64__)
constexpr bool flushes = true;
#else
constexpr bool flushes = false;
#endif

}  // namespace

TEST_CASE("denormals are flushed within the scope, nested or not, and back after it") {
  REQUIRE(has_denormals());
  {
    const FlushDenormals outer;
    CHECK(has_denormals() == !flushes);
    {
      const FlushDenormals inner;
      CHECK(has_denormals() == !flushes);
    }
    CHECK(has_denormals() == !flushes);  // the inner one puts back what it found
  }
  CHECK(has_denormals());
}

TEST_CASE("an exception puts the mode back") {
  try {
    const FlushDenormals flush;
    throw 1;
  } catch (int) {
  }
  CHECK(has_denormals());
}

TEST_CASE("denormals are taken as 0 when read, too") {
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  const FlushDenormals flush;
  volatile float product = denormal * 0x1p30f;
  CHECK((product == 0) == flushes);
}

TEST_CASE("the rounding mode and other threads are left alone") {
  std::fesetround(FE_UPWARD);
  {
    const FlushDenormals flush;
    CHECK(std::fegetround() == FE_UPWARD);
    bool elsewhere = false;
    std::thread([&] {
      const FlushDenormals other;
      elsewhere = has_denormals() == !flushes;
    }).join();
    CHECK(elsewhere);
    CHECK(has_denormals() == !flushes);
  }
  CHECK(std::fegetround() == FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  CHECK(has_denormals());
}
