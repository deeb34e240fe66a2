// SPDX-License-Identifier: MIT
// The shape of a tensor in a file: as text, and in bytes.
#pragma once

#include "evomlp/io/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

namespace evomlp::detail {

/// "[3, 4]"; "[]" is a single number.
template <class Size>
std::string shape_text(std::span<const Size> shape) {
  std::string text = "[";
  for (const Size size : shape) text.append(text.size() > 1 ? ", " : "").append(std::to_string(size));
  return text + "]";
}

/// The bytes of a tensor, or nothing if they are more than can be counted.
template <class Size>
std::optional<std::uint64_t> byte_count(Dtype dtype, std::span<const Size> shape) {
  std::uint64_t count = 1;
  const auto multiply = [&](std::uint64_t factor) {
    if (factor != 0 && count > (std::numeric_limits<std::uint64_t>::max)() / factor) return false;
    count *= factor;
    return true;
  };
  for (const Size size : shape)
    if (!multiply(size)) return std::nullopt;
  return multiply(size_of(dtype)) ? std::optional(count) : std::nullopt;
}

}  // namespace evomlp::detail
