// SPDX-License-Identifier: MIT
// How many threads the BLAS uses: the one place that changes it.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/kernels/native.hpp"

namespace evomlp {

/// Whether `threads(n)` works: with OpenBLAS, where CMake has found its function (EVOMLP_HAS_OPENBLAS_THREADS).
template <class Isa = isa::ThisTarget>
inline constexpr bool can_set_threads = requires { Isa::set_threads(1); };

/// The threads of one large product: the BLAS's setting, 0 where it can't be asked, 1 without a BLAS. Everything else
/// runs in the caller's thread.
template <class Isa = isa::ThisTarget>
int threads() {
  if constexpr (can_set_threads<Isa>) return Isa::threads();
  else return Isa::has_blas ? 0 : 1;
}

/// Sets it, for the whole process and all users of that BLAS in it. Nothing else in EvoMLP does, but the runner of
/// experiments for as long as it runs. Throws Error for n below 1, and where the setting can't be changed.
template <class Isa = isa::ThisTarget>
void threads(int n) {
  if (n < 1) throw Error(detail::concat({"evomlp::threads: n is ", n, ", expected at least 1"}));
  if constexpr (can_set_threads<Isa>)
    Isa::set_threads(n);
  else if (Isa::has_blas)
    throw Error(detail::concat(
        {"evomlp::threads: can't set ", n, " threads, since CMake found no openblas_set_num_threads ",
         "(EVOMLP_HAS_OPENBLAS_THREADS is 0); set the BLAS's own environment variable before the program starts: ",
         "OPENBLAS_NUM_THREADS, MKL_NUM_THREADS, OMP_NUM_THREADS"}));
  else if (n > 1)
    throw Error(detail::concat({"evomlp::threads: can't set ", n, " threads without a BLAS (EVOMLP_USE_BLAS is 0): ",
                                "products run in the caller's thread"}));
}

/// `threads(n)` while it lives, and what was there before afterwards.
template <class Isa = isa::ThisTarget>
class [[nodiscard]] ThreadsScope {
 public:
  explicit ThreadsScope(int n) : before_(threads<Isa>()) { threads<Isa>(n); }
  ~ThreadsScope() {
    if constexpr (can_set_threads<Isa>) Isa::set_threads(before_);
  }
  ThreadsScope(const ThreadsScope&) = delete;
  ThreadsScope& operator=(const ThreadsScope&) = delete;

 private:
  int before_;
};

}  // namespace evomlp
