// SPDX-License-Identifier: MIT
// The instruction sets that kernels are tested with: what this build uses, the same without BLAS, narrower vectors
// where the flags allow wider ones too, and plain C++.
#pragma once

#include "evomlp/core/view.hpp"
#include "evomlp/kernels/native.hpp"

namespace evomlp_test {

struct OwnKernel : evomlp::isa::ThisTarget {
  static constexpr bool has_blas = false;
};

/// Calls f.operator()<Isa, T>() for each instruction set and scalar.
void over_setups(auto f) {
  f.template operator()<evomlp::isa::ThisTarget, float>();
  f.template operator()<evomlp::isa::ThisTarget, double>();
  f.template operator()<OwnKernel, float>();
  f.template operator()<OwnKernel, double>();
#if defined(__AVX512F__)
  using Avx = evomlp::isa::Native<xsimd::avx2, evomlp::isa::NoBlas, evomlp::isa::NoFma, evomlp::isa::AvxTranspose>;
  f.template operator()<Avx, float>();
  f.template operator()<Avx, double>();
#endif
  f.template operator()<evomlp::isa::Plain, float>();
  f.template operator()<evomlp::isa::Plain, double>();
}

/// The same for tests that are long to compile: the kernels of this build and those in plain C++.
void over_few_setups(auto f) {
  f.template operator()<evomlp::isa::ThisTarget, float>();
  f.template operator()<evomlp::isa::ThisTarget, double>();
  f.template operator()<evomlp::isa::Plain, float>();
}

}  // namespace evomlp_test
