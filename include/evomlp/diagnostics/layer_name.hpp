// SPDX-License-Identifier: MIT
// What people call a layer: short, and for every type, even one that doesn't state its name.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/core/compilers_name.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/net/type_name.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace evomlp {

namespace detail {

/// Takes "audio::" off "audio::Swish", and "Outer<2>::", and an anonymous namespace, however the compiler writes it.
inline void cut_qualifier(std::string& text) {
  int inside = 0;
  while (!text.empty()) {
    const char c = text.back();
    const bool opens = std::string_view("<({`").find(c) != std::string_view::npos;
    if (inside == 0 && (opens || c == ' ' || c == ',')) return;
    if (opens) --inside;
    if (std::string_view(">)}'").find(c) != std::string_view::npos) ++inside;
    text.pop_back();
  }
}

/// "{4602678819172646912}" is what compilers write for Real(0.5). A small number belongs to some other type.
inline std::string number_in_braces(std::string_view braces) {
  std::uint64_t bits = 0;
  for (const char c : braces)
    if (c >= '0' && c <= '9') bits = 10 * bits + static_cast<std::uint64_t>(c - '0');
  const bool is_denormal = bits != 0 && bits >> 52 == 0;
  return is_denormal ? std::string(braces) : argument_text(Real(std::bit_cast<double>(bits)));
}

/// A type as the compiler writes it, without namespaces and the words of some compilers: "Gate<24, 0.5>".
template <class = WhereCalled>
std::string without_namespaces(std::string_view type) {
  std::string text;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const std::string_view rest = type.substr(i);
    const bool starts_a_word = text.empty() || std::string_view("<, ").find(text.back()) != std::string_view::npos;
    const bool has_number = rest.size() > 1 && rest[0] == '{' && rest[1] >= '0' && rest[1] <= '9';
    if (rest.starts_with("::")) {
      cut_qualifier(text);
      ++i;
    } else if (const std::size_t end = rest.find('}'); has_number && end != std::string_view::npos) {
      if (text.ends_with("Real")) text.resize(text.size() - 4);
      text += number_in_braces(rest.substr(0, end + 1));
      i += end;
    } else if (const std::size_t word = rest.find(' ');
               starts_a_word &&
               (rest.starts_with("struct ") || rest.starts_with("class ") || rest.starts_with("enum "))) {
      i += word;
    } else {
      if (rest[0] == '>' && text.back() == ' ') text.pop_back();  // "A<B<1> >"
      text += rest[0];
    }
  }
  return text;
}

/// A block without the layers among its arguments: "ResidualBlock<5, Linear<4, 4>, ReLU>" is "ResidualBlock<5>".
template <class = WhereCalled>
std::string without_layers(std::string_view type) {
  const std::size_t open = type.find('<');
  std::string kept(type.substr(0, open)), before = "<";
  int inside = 0;
  for (std::size_t i = open, first = open + 1; i < type.size(); ++i) {
    const bool ends_one = (type[i] == ',' && inside == 1) || (type[i] == '>' && inside == 1);
    inside += type[i] == '<' ? 1 : type[i] == '>' ? -1 : 0;
    if (!ends_one) continue;
    while (type[first] == ' ') ++first;  // after the comma, which not every compiler writes
    const std::string_view one = type.substr(first, i - first);
    const bool is_number = !one.empty() && std::string_view("-0123456789").find(one[0]) != std::string_view::npos;
    if (is_number || one == "true" || one == "false") {
      kept.append(before).append(one);
      before = ", ";
    }
    first = i + 1;
  }
  return before == "<" ? kept : kept + ">";
}

template <class L>
inline constexpr std::string_view default_arguments = "";
template <std::size_t In, std::size_t Out>
inline constexpr std::string_view default_arguments<Linear<In, Out>> = ", true>";
template <std::size_t N>
inline constexpr std::string_view default_arguments<BatchNorm1d<N>> = ", unbiased, 0.1, 1e-05>";
template <std::size_t N>
inline constexpr std::string_view default_arguments<LayerNorm<N>> = ", 1e-05>";

}  // namespace detail

/// A layer's name for tables and pictures: "Linear<2, 32>", "Swish", and "ResidualBlock<5>" for a block, whose layers
/// are shown elsewhere. Arguments that are as they are by default are left out behind a width: "BatchNorm1d<32>". A
/// type of one's own is called what it says (TypeName), else what the compiler calls it: for people, not for files.
template <class L>
std::string layer_name() {
  const std::string known = TypeName<L>::text();
  std::string name = detail::without_namespaces(known == "?" ? detail::compilers_name<L>() : known);
  constexpr std::string_view by_default = detail::default_arguments<L>;
  if (!by_default.empty() && name.ends_with(by_default))
    name.replace(name.size() - by_default.size(), by_default.size(), ">");
  return detail::is_leaf<L> ? name : detail::without_layers(name);
}

}  // namespace evomlp
