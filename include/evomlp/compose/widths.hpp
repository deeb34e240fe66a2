// SPDX-License-Identifier: MIT
// The widths along a list of layers, and the error where two don't fit.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"

#include <array>
#include <cstddef>

namespace evomlp::detail {

template <std::size_t Layer, std::size_t Produced, std::size_t Expected>
struct Junction {
  static constexpr bool fits = Produced == Expected;
};
template <class J>
concept WidthsAgree = J::fits;

template <class L>
struct Widths;

template <class... Ls>
struct Widths<List<Ls...>> {
  static constexpr std::size_t count = sizeof...(Ls);
  static_assert(count > 0, "evomlp: a list of layers needs at least one");

  static constexpr std::array<std::size_t, count> in{in_width<Ls>()...}, out{out_width<Ls>()...};

  /// at[i] enters layer i, at[count] leaves the last; 0 where no layer says.
  static constexpr std::array<std::size_t, count + 1> at = [] {
    std::array<std::size_t, count + 1> width{};
    for (std::size_t i = 0; i < count && width[0] == same_width; ++i) width[0] = in[i];
    for (std::size_t i = 0; i < count; ++i) width[i + 1] = out[i] != same_width ? out[i] : width[i];
    return width;
  }();

  /// The first layer that doesn't fit the one before it, or count.
  static constexpr std::size_t wrong = [] {
    for (std::size_t i = 0; i < count; ++i)
      if (in[i] != same_width && in[i] != at[i]) return i;
    return count;
  }();

  /// Always true, so that the error is reported once.
  static constexpr bool check() {
    static_assert((check_layer<Ls>() && ...));
    if constexpr (wrong < count)
      static_assert(WidthsAgree<Junction<wrong, at[wrong], in[wrong]>>,
                    "evomlp: a layer's input width differs from the width that the layer before it produces "
                    "(Junction<layer index, produced, expected>)");
    return true;
  }
};

}  // namespace evomlp::detail
