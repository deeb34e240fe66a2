// SPDX-License-Identifier: MIT
// A number in a type: ResidualBlock<5.0, …>, LeakyReLU<0.2>, Dropout<0.5>.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>

namespace evomlp {

/// A real number as a template argument. `5`, `5u`, `5.0f` and `5.0` make the same type.
///
/// It keeps the bits of a double, because clang before 18 takes neither a floating-point template parameter nor, on
/// every platform, a structural class with a floating-point member. −0 counts as 0.
struct Real {
  std::uint64_t bits;

  template <class A>
    requires std::is_arithmetic_v<A>
  constexpr Real(A number) : bits(std::bit_cast<std::uint64_t>(static_cast<double>(number) + 0.0)) {}

  constexpr double value() const { return std::bit_cast<double>(bits); }
};

}  // namespace evomlp
