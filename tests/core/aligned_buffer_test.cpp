// SPDX-License-Identifier: MIT
#include "evomlp/core/aligned_buffer.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>
#include <vector>

using evomlp::AlignedBuffer;
using evomlp::CacheLineAllocator;

TEST_CASE("a buffer of any size begins on a cache line") {
  std::vector<AlignedBuffer<float>> floats;
  std::vector<AlignedBuffer<double>> doubles;
  for (std::size_t n = 1; n < 70; ++n) {
    floats.emplace_back(n);
    doubles.emplace_back(n);
    CHECK(reinterpret_cast<std::uintptr_t>(floats.back().data()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(doubles.back().data()) % 64 == 0);
    CHECK(floats.back().front() == 0);
  }
}

TEST_CASE("copies are equal, independent and aligned too; a move keeps the place") {
  AlignedBuffer<float> a = {1, 2, 3};
  AlignedBuffer<float> b = a;
  CHECK(a == b);
  b[1] = 20;
  CHECK(a != b);
  CHECK(a[1] == 2);
  CHECK(reinterpret_cast<std::uintptr_t>(b.data()) % 64 == 0);
  const float* const place = b.data();
  const AlignedBuffer<float> c = std::move(b);
  CHECK(c.data() == place);
  CHECK(c[1] == 20);
  a = c;
  CHECK(a == c);
  CHECK(a.data() != c.data());
}

TEST_CASE("a size that overflows is refused, not wrapped") {
  CacheLineAllocator<double> allocator;
  CHECK_THROWS_AS(static_cast<void>(allocator.allocate((std::numeric_limits<std::size_t>::max)() / 4)),
                  std::bad_array_new_length);
  CHECK(allocator == CacheLineAllocator<double>(CacheLineAllocator<float>()));
}
