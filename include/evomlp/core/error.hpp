// SPDX-License-Identifier: MIT
// What goes wrong, by kind. Every message names what, where, what was got and what was expected.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <stdexcept>
#include <string>

#if !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "evomlp throws exceptions: leave -fno-exceptions out, or include evomlp/inference.hpp, which needs none"
#include <evomlp_stops_here>  // see core/cxx20.hpp
#endif

// What a shared library with hidden symbols throws must be the type that its user catches: libc++ compares addresses.
#if defined(__GNUC__) && !defined(_WIN32)
#define EVOMLP_EXCEPTION [[gnu::visibility("default")]]
#else
#define EVOMLP_EXCEPTION
#endif

namespace evomlp {

/// Base of every exception that EvoMLP throws.
struct EVOMLP_EXCEPTION Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A tensor's shape does not fit: a batch with the wrong width, more rows than a workspace holds.
struct EVOMLP_EXCEPTION ShapeError : Error {
  using Error::Error;
};

/// A file that can't be read or written: missing, truncated, foreign, damaged.
struct EVOMLP_EXCEPTION FileError : Error {
  using Error::Error;
};

/// Data that can't be trained on: empty, NaN, labels out of range, counts that disagree.
struct EVOMLP_EXCEPTION DataError : Error {
  using Error::Error;
};

/// Training that can't go on: no finite step, settings that contradict each other.
struct EVOMLP_EXCEPTION TrainingError : Error {
  using Error::Error;
};

}  // namespace evomlp

#undef EVOMLP_EXCEPTION
