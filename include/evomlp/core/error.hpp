// SPDX-License-Identifier: MIT
// What goes wrong, by kind. Every message names what, where, what was got and what was expected.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <stdexcept>
#include <string>

namespace evomlp {

/// Base of every exception that EvoMLP throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A tensor's shape does not fit: a batch with the wrong width, more rows than a workspace holds.
struct ShapeError : Error {
  using Error::Error;
};

/// A file that can't be read or written: missing, truncated, foreign, damaged.
struct FileError : Error {
  using Error::Error;
};

/// Data that can't be trained on: empty, NaN, labels out of range, counts that disagree.
struct DataError : Error {
  using Error::Error;
};

/// Training that can't go on: no finite step, settings that contradict each other.
struct TrainingError : Error {
  using Error::Error;
};

}  // namespace evomlp
