// SPDX-License-Identifier: MIT
// Code that only those compile who call it.
#pragma once

#include "evomlp/core/cxx20.hpp"

namespace evomlp::detail {

/// `template <class = WhereCalled>` makes a template of a function that has no other reason to be one. Compilers look up
/// and instantiate all that the body of an inline function needs (a sort, a map, RapidJSON's reader) in every program
/// that includes it, but the body of a template only where it is called. For what is large and not needed by all.
struct WhereCalled;

}  // namespace evomlp::detail
