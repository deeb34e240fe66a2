// SPDX-License-Identifier: MIT
// What can be written to a checkpoint and read back, for types that know nothing of files.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <type_traits>

namespace evomlp {

class Memory;

/// A type with a public `void remember(auto& memory)`, which hands over each thing to be remembered under a name of its
/// own. One function serves both directions: `memory` is a Memory, which either writes and changes nothing or reads.
///
///     class Patience {
///      public:
///       void remember(auto& memory) {
///         memory("best", best_);
///         memory("bad_epochs", bad_epochs_);
///         memory.require(bad_epochs_ >= 0, "bad_epochs", "0 or more");
///       }
///      private:
///       double best_ = 0;
///       int bad_epochs_ = 0;
///     };
///
/// A memory takes bool, whole numbers, enums, float, double, std::string, std::vector and std::span of those, a vector
/// of vectors of them, std::optional of all of these, and types with `remember`, whose names then follow "name.". A
/// span keeps its length; a vector gets the file's. Floating-point numbers keep their bits.
///
/// `memory(name, value, otherwise)` writes nothing where the value is `otherwise`, and reads it back from files without
/// that name: for what a later version of a type remembers beside what its files had before.
///
/// In the file: whole numbers are I64 or U64 by their sign, enums I64, whatever their width; a string is U8; a vector
/// of strings or vectors is "name.lengths" and "name.values", an optional "name.has_value" and "name".
template <class V>
concept Remembers = requires(std::remove_cv_t<V>& value, Memory& memory) { value.remember(memory); };

}  // namespace evomlp
