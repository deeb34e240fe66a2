// SPDX-License-Identifier: MIT
// Large products by BLAS, through xtensor-blas.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if !__has_include(<xflens/cxxblas/drivers/cblas.h>)
#error "evomlp needs xtensor-blas 0.20 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
libxtensor-blas-dev), add its folder with -I, or do without BLAS: -DEVOMLP_USE_BLAS=0"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
// What xtensor-blas calls, and not its functions. From 0.21 on these are plain loops wherever xblas.hpp comes first, since
// it reads xflens before the macro that turns BLAS on; and xblas.hpp costs a quarter second in each program.
#include <xflens/cxxblas/drivers/cblas.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

extern "C" {
void openblas_set_num_threads(int);
int openblas_get_num_threads(void);
char* openblas_get_corename(void);
}

namespace evomlp::isa {

struct Blas {
  static constexpr bool has_blas = true;

  /// C = op(A) op(B), row-major: rows × cols, summed over depth; a_row and b_row are the row lengths in memory.
  template <class T>
  static void gemm(bool transpose_a, bool transpose_b, std::size_t rows, std::size_t cols, std::size_t depth,
                   const T* a, std::size_t a_row, const T* b, std::size_t b_row, T* c) {
    assert((std::max)({rows, cols, depth, a_row, b_row}) <=
           static_cast<std::size_t>((std::numeric_limits<CBLAS_INT>::max)()));
    const auto product = [&](const auto& cblas_gemm) {
      cblas_gemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
                 static_cast<CBLAS_INT>(rows), static_cast<CBLAS_INT>(cols), static_cast<CBLAS_INT>(depth), T(1), a,
                 static_cast<CBLAS_INT>(a_row), b, static_cast<CBLAS_INT>(b_row), T(0), c, static_cast<CBLAS_INT>(cols));
    };
    if constexpr (std::is_same_v<T, float>)
      product(cblas_sgemm);
    else
      product(cblas_dgemm);
  }
};

/// Also knows how many threads it uses, and which instructions.
struct OpenBlas : Blas {
  /// Bytes of its vectors: OpenBLAS chooses its kernels when the program starts, by the processor, those it knows of, and
  /// OPENBLAS_CORETYPE. 0 for a processor that isn't told here.
  static std::size_t vector_bytes() {
    static const std::size_t bytes = [] {
      const std::string_view core(openblas_get_corename());
      for (const std::string_view wide : {"SkylakeX", "Cooperlake", "SapphireRapids"})
        if (core == wide) return 64u;
      return core == "Haswell" || core == "Zen" ? 32u : 0u;
    }();
    return bytes;
  }
  static int threads() { return openblas_get_num_threads(); }
  static void set_threads(int n) { openblas_set_num_threads(n); }
};

}  // namespace evomlp::isa
