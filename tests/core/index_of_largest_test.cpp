// SPDX-License-Identifier: MIT
#include "evomlp/core/index_of_largest.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <span>

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity(),
                not_a_number = std::numeric_limits<float>::quiet_NaN();

constexpr std::size_t index(std::initializer_list<float> row) {
  return evomlp::detail::index_of_largest(std::span(row.begin(), row.size()));
}

}  // namespace

static_assert(index({1, 3, 2}) == 1);

TEST_CASE("the index of the largest, the first of equals") {
  CHECK(index({5}) == 0);
  CHECK(index({-3, -2, -1}) == 2);
  CHECK(index({2, 2, 1, 2}) == 0);
  CHECK(index({0.0f, -0.0f}) == 0);
  CHECK(index({-0.0f, 0.0f}) == 0);
  CHECK(index({-infinity, -infinity}) == 0);
  CHECK(index({1, infinity, 2}) == 1);
}

TEST_CASE("the first NaN is larger than all") {
  CHECK(index({not_a_number, 1}) == 0);
  CHECK(index({1, 3, not_a_number}) == 2);
  CHECK(index({infinity, not_a_number, not_a_number}) == 1);
}
