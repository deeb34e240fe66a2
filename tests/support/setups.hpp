// SPDX-License-Identifier: MIT
// The instruction sets that kernels are tested with: what this build uses, the same without BLAS, narrower vectors where
// the flags allow wider ones too, and plain C++.
#pragma once

#include "evomlp/core/view.hpp"
#include "evomlp/kernels/native.hpp"

#include <type_traits>

namespace evomlp_test {

#if defined(__AVX__)
using OwnKernel = evomlp::Native<xsimd::default_arch, evomlp::NoBlas,
                                 std::conditional_t<evomlp::ThisTarget::has_fma, evomlp::Fma, evomlp::NoFma>, evomlp::AvxTranspose>;
#else
using OwnKernel = evomlp::Native<xsimd::default_arch, evomlp::NoBlas,
                                 std::conditional_t<evomlp::ThisTarget::has_fma, evomlp::Fma, evomlp::NoFma>>;
#endif

/// Calls f.operator()<Isa, T>() for each instruction set and scalar.
void over_setups(auto f) {
  f.template operator()<evomlp::ThisTarget, float>();
  f.template operator()<evomlp::ThisTarget, double>();
  f.template operator()<OwnKernel, float>();
  f.template operator()<OwnKernel, double>();
#if defined(__AVX512F__)
  using Avx = evomlp::Native<xsimd::avx2, evomlp::NoBlas, evomlp::NoFma, evomlp::AvxTranspose>;
  f.template operator()<Avx, float>();
  f.template operator()<Avx, double>();
#endif
  f.template operator()<evomlp::Plain, float>();
  f.template operator()<evomlp::Plain, double>();
}

/// The same for tests that are long to compile: the kernels of this build and those in plain C++.
void over_few_setups(auto f) {
  f.template operator()<evomlp::ThisTarget, float>();
  f.template operator()<evomlp::ThisTarget, double>();
  f.template operator()<evomlp::Plain, float>();
}

}  // namespace evomlp_test
