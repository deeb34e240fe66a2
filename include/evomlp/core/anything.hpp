// SPDX-License-Identifier: MIT
// What stands for an argument of any type in a concept.
#pragma once

#include "evomlp/core/cxx20.hpp"

namespace evomlp::detail {

/// A concept that calls a function with it doesn't compile the function's body, so that function must return void or say
/// what it returns.
struct Anything {};

}  // namespace evomlp::detail
