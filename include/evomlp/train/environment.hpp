// SPDX-License-Identifier: MIT
// What results depend on beside arguments and data.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/kernels/native.hpp"
#include "evomlp/kernels/threads.hpp"
#include "evomlp/version.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

/// Names and values, in a fixed order.
using Environment = std::vector<std::pair<std::string, std::string>>;

namespace detail {

inline std::string compiler_name() {
#if defined(__clang__)
  return concat({"clang ", __clang_major__, ".", __clang_minor__, ".", __clang_patchlevel__});
#elif defined(__GNUC__)
  return concat({"gcc ", __GNUC__, ".", __GNUC_MINOR__, ".", __GNUC_PATCHLEVEL__});
#elif defined(_MSC_VER)
  return concat({"msvc ", _MSC_FULL_VER});
#else
  return "unknown";
#endif
}

inline std::string standard_library_name() {
#if defined(_LIBCPP_VERSION)
  return concat({"libc++ ", _LIBCPP_VERSION});
#elif defined(__GLIBCXX__)
  return concat({"libstdc++ ", _GLIBCXX_RELEASE, " (", __GLIBCXX__, ")"});
#elif defined(_MSVC_STL_VERSION)
  return concat({"msvc stl ", _MSVC_STL_VERSION, " (", _MSVC_STL_UPDATE, ")"});
#else
  return "unknown";
#endif
}

inline std::string system_name() {
#if defined(_WIN32)
  return "Windows";
#elif defined(__APPLE__)
  return "macOS";
#elif defined(__linux__)
  return "Linux";
#else
  return "unknown";
#endif
}

}  // namespace detail

/// Of a program whose kernels run on T with the instructions of this translation unit. `History::environment()` has
/// what fit ran with.
///
/// | Name | |
/// | --- | --- |
/// | evomlp | the version, "0.1.0" |
/// | compiler, standard library | "gcc 12.2.0", "libstdc++ 12 (20220819)" |
/// | system, pointer bits | "Linux", "64" |
/// | scalar | "float", "double" |
/// | simd, simd lanes, fma | "avx2", "8" numbers in a vector, "yes" where a · b + c is one instruction |
/// | blas, blas threads | "yes", or "no" for our own kernels alone; "1", or "unknown" where the BLAS can't be asked |
template <class T = float, class Isa = isa::ThisTarget>
Environment environment() {
  const auto yes_or_no = [](bool yes) { return std::string(yes ? "yes" : "no"); };
  const int blas_threads = threads<Isa>();
  return {
      {"evomlp", EVOMLP_VERSION},
      {"compiler", detail::compiler_name()},
      {"standard library", detail::standard_library_name()},
      {"system", detail::system_name()},
      {"pointer bits", std::to_string(8 * sizeof(void*))},
      {"scalar", std::is_same_v<T, float> ? "float" : "double"},
      {"simd", std::string(Isa::name())},
      {"simd lanes", std::to_string(sizeof(typename Isa::template Vector<T>) / sizeof(T))},
      {"fma", yes_or_no(Isa::has_fma)},
      {"blas", yes_or_no(Isa::has_blas)},
      {"blas threads", blas_threads == 0 ? "unknown" : std::to_string(blas_threads)},
  };
}

}  // namespace evomlp
