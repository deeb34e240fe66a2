// SPDX-License-Identifier: MIT
// Large products by BLAS, through xtensor-blas.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if !__has_include(<xtensor-blas/xblas.hpp>)
#error "evomlp needs xtensor-blas 0.20 or newer, which is not where the compiler looks: install it (Debian and Ubuntu: \
libxtensor-blas-dev), add its folder with -I, or do without BLAS: -DEVOMLP_USE_BLAS=0"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif
#include <xtensor-blas/xblas.hpp>  // not xlinalg.hpp: it would pull in LAPACK and cost every user 2 s

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>

extern "C" {
void openblas_set_num_threads(int);
int openblas_get_num_threads(void);
}

namespace evomlp::isa {

struct Blas {
  static constexpr bool has_blas = true;

  /// C = op(A) op(B), row-major: rows × cols, summed over depth; a_row and b_row are the row lengths in memory.
  template <class T>
  static void gemm(bool transpose_a, bool transpose_b, std::size_t rows, std::size_t cols, std::size_t depth,
                   const T* a, std::size_t a_row, const T* b, std::size_t b_row, T* c) {
    using Index = xt::blas_index_t;
    assert((std::max)({rows, cols, depth, a_row, b_row}) <=
           static_cast<std::size_t>((std::numeric_limits<Index>::max)()));
    cxxblas::gemm<Index>(cxxblas::RowMajor, transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                         transpose_b ? cxxblas::Trans : cxxblas::NoTrans, static_cast<Index>(rows),
                         static_cast<Index>(cols), static_cast<Index>(depth), T(1), a, static_cast<Index>(a_row), b,
                         static_cast<Index>(b_row), T(0), c, static_cast<Index>(cols));
  }
};

/// Also knows how many threads it uses.
struct OpenBlas : Blas {
  static int threads() { return openblas_get_num_threads(); }
  static void set_threads(int n) { openblas_set_num_threads(n); }
};

}  // namespace evomlp::isa
