// SPDX-License-Identifier: MIT
#include "evomlp/kernels/native.hpp"

#include "evomlp/core/number.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <type_traits>

namespace {

using Isa = evomlp::isa::ThisTarget;

// (1 + ε)(1 − ε) − 1 is −ε² in one rounding, and 0 in two.
template <class T>
void check_one_rounding() {
  using N = evomlp::Number<Isa::Vector<T>>;
  const T epsilon = std::numeric_limits<T>::epsilon();
  T above[N::lanes], below[N::lanes], result[N::lanes];
  for (std::size_t i = 0; i < N::lanes; ++i) {
    above[i] = 1 + epsilon;
    below[i] = 1 - epsilon;
  }
  fma(N::load(above), N::load(below), N(-1)).store(result);
  for (const T each : result) CHECK(each == -epsilon * epsilon);
}

}  // namespace

TEST_CASE("vectors multiply and add in one rounding where the build says that it can") {
  if constexpr (Isa::has_fma && !std::is_arithmetic_v<Isa::Vector<float>>) {
    check_one_rounding<float>();
    check_one_rounding<double>();
  }
}
