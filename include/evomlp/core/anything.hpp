// SPDX-License-Identifier: MIT
// What stands for an argument of any type in a concept.
#pragma once

#include "evomlp/core/cxx20.hpp"

namespace evomlp::detail {

/// Bodies of functions that take `auto` aren't compiled for it: they must return void, or say what they return.
struct Anything {};

}  // namespace evomlp::detail
