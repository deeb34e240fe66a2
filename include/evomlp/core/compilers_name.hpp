// SPDX-License-Identifier: MIT
// What the compiler calls a type: for people, since each compiler writes it in its own way.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <cstddef>
#include <string_view>

namespace evomlp::detail {

/// A text of the compiler's in which L's type stands somewhere.
template <class L>
constexpr std::string_view text_around() {
#ifdef _MSC_VER
  return __FUNCSIG__;
#else
  return __PRETTY_FUNCTION__;
#endif
}

/// L's type as the compiler writes it: what stands where `double` does in the text around that.
template <class L>
constexpr std::string_view compilers_name() {
  constexpr std::string_view text = text_around<L>(), known = text_around<double>(), name = "double";
  constexpr std::size_t before = known.rfind(name), around = known.size() - name.size();
  return text.substr(before, text.size() - around);
}

/// The same without namespaces and arguments: "BatchNorm1d" of "evomlp::BatchNorm1d<8, …>", "Pairs" of "struct Pairs".
template <class L>
constexpr std::string_view bare_name() {
  std::string_view name = compilers_name<L>();
  if (name.ends_with('>')) {
    int inside = 0;
    do {
      inside += name.back() == '>' ? 1 : name.back() == '<' ? -1 : 0;
      name.remove_suffix(1);
    } while (inside > 0);
  }
  return name.substr(name.find_last_of(": ") + 1);
}

}  // namespace evomlp::detail
