// SPDX-License-Identifier: MIT
// What a layer declares: its parameters, buffers, saved values, scratch and children. One tag is the one source of
// name, shape, order and initial value, and the key with which the layer reaches the numbers: `self[weight]`.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace evomlp {

namespace detail {

/// A word in a type: Parameter<"weight", 3, 4>.
template <std::size_t N>
struct Name {
  char text[N]{};
  constexpr Name(const char (&word)[N]) { std::copy_n(word, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

}  // namespace detail

/// As wide as what enters the layer: for layers that keep any width.
inline constexpr std::size_t same_width = 0;

/// Trained. One or two sizes: a vector, or a matrix [in, out]. Without `.initial` the initialiser draws it (matrices
/// by its rule, vectors start at 0 unless it draws biases too); with it, it always starts there.
template <detail::Name name, std::size_t... Shape>
  requires(sizeof...(Shape) == 1 || sizeof...(Shape) == 2)
struct Parameter {
  std::optional<double> initial{};
};

/// Not trained, outlives a step and is part of the model: running statistics.
template <detail::Name name, std::size_t Size>
struct Buffer {
  double initial = 0;
};

/// From forward to backward: one number per feature.
template <detail::Name name, std::size_t Columns>
struct Saved {};

/// From forward to backward: one number per sample and feature.
template <detail::Name name, std::size_t Columns = same_width>
struct SavedRows {};

/// Room within one call: one number per sample and feature. In the table `scratch`, or in `backward_scratch` if only
/// backward uses it: prediction then takes less memory.
template <detail::Name name, std::size_t Columns = same_width>
struct ScratchRows {};

namespace detail {

/// The width that L says it takes, or same_width.
template <class L>
constexpr std::size_t in_width() {
  if constexpr (requires { L::in_features; }) return L::in_features;
  else return same_width;
}
/// The width that L says it gives, or same_width.
template <class L>
constexpr std::size_t out_width() {
  if constexpr (requires { L::out_features; }) return L::out_features;
  else return same_width;
}

}  // namespace detail

/// A layer inside a layer; `self[child].predict(x, y)` runs it. A child that keeps any width is declared with the one
/// that enters it: Child<"drop", Dropout<0.5>, 40>.
template <detail::Name name, class L, std::size_t Width = detail::in_width<L>()>
struct Child {
  static_assert(Width != same_width,
                "evomlp: a child that keeps any width is declared with the width that enters it: Child<\"drop\", Dropout<0.5>, 40>");
  static_assert(detail::in_width<L>() == Width || !requires { L::layout; },
                "evomlp: a Sequential inside a layer needs a layer that says its width");
};

namespace detail {

template <Name n, std::size_t... S>
constexpr std::string_view name_of(Parameter<n, S...>) {
  return n.view();
}
template <Name n, std::size_t S>
constexpr std::string_view name_of(Buffer<n, S>) {
  return n.view();
}
template <Name n, std::size_t C>
constexpr std::string_view name_of(Saved<n, C>) {
  return n.view();
}
template <Name n, std::size_t C>
constexpr std::string_view name_of(SavedRows<n, C>) {
  return n.view();
}
template <Name n, std::size_t C>
constexpr std::string_view name_of(ScratchRows<n, C>) {
  return n.view();
}
template <Name n, class L, std::size_t Width>
constexpr std::string_view name_of(Child<n, L, Width>) {
  return n.view();
}

template <class... Es>
constexpr bool names_differ() {
  const std::array<std::string_view, sizeof...(Es)> names{name_of(Es{})...};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

template <std::size_t position, class E>
struct TagAt {
  E tag{};
};

/// (A std::tuple would do, and take a quarter of the time that a compiler needs for the types of a deep net.)
template <class Positions, class... Es>
struct Tags;
template <std::size_t... position, class... Es>
struct Tags<std::index_sequence<position...>, Es...> : TagAt<position, Es>... {
  constexpr void each(const auto& f) const { (f(TagAt<position, Es>::tag), ...); }
};

/// The declarations of one kind, in the order in which they lie in memory and appear in files.
template <class... Es>
struct TagTable : Tags<std::index_sequence_for<Es...>, Es...> {
  static_assert(names_differ<Es...>(), "evomlp: two entries of one table have the same name");
  static constexpr std::size_t size = sizeof...(Es);
};

}  // namespace detail

/// What a layer declares as its `parameters`, `buffers`, `saved`, `scratch`, `backward_scratch` or `children`.
constexpr auto table(auto... entries) { return detail::TagTable<decltype(entries)...>{{{entries}...}}; }

namespace detail {

/// How many numbers something takes: `fixed`, and `per_row` for each sample of the largest batch.
struct Size {
  std::size_t fixed = 0, per_row = 0;

  constexpr std::size_t operator()(std::size_t rows) const { return fixed + per_row * rows; }
  friend constexpr Size operator+(Size a, Size b) { return {a.fixed + b.fixed, a.per_row + b.per_row}; }
  friend constexpr Size larger(Size a, Size b) {
    return {(std::max)(a.fixed, b.fixed), (std::max)(a.per_row, b.per_row)};
  }
};

/// Rounded up to 16 numbers, so that what follows starts on a cache line: Saved vectors, the rows that a buffer has room
/// for, the rule's state.
constexpr std::size_t rounded_up(std::size_t n) { return (n + 15) / 16 * 16; }

// size_of(tag, width): what one declaration takes in a layer that `width` features enter.
template <Name n, std::size_t... S>
constexpr Size size_of(Parameter<n, S...>, std::size_t) {
  return {(S * ... * 1), 0};
}
template <Name n, std::size_t S>
constexpr Size size_of(Buffer<n, S>, std::size_t) {
  return {S, 0};
}
template <Name n, std::size_t C>
constexpr Size size_of(Saved<n, C>, std::size_t) {
  return {rounded_up(C), 0};
}
template <Name n, std::size_t C>
constexpr Size size_of(SavedRows<n, C>, std::size_t width) {
  return {0, C == same_width ? width : C};
}
template <Name n, std::size_t C>
constexpr Size size_of(ScratchRows<n, C>, std::size_t width) {
  return {0, C == same_width ? width : C};
}

template <class... Es>
constexpr Size size_of(TagTable<Es...>, [[maybe_unused]] std::size_t width) {
  return (Size{} + ... + size_of(Es{}, width));
}

template <class E, class... Es>
constexpr bool declared_in(TagTable<Es...>) {
  return (false || ... || std::is_same_v<E, Es>);
}

/// Where E's numbers begin among those of its table.
template <class E, class... Es>
constexpr Size offset_in(TagTable<Es...>, std::size_t width) {
  static_assert(declared_in<E>(TagTable<Es...>{}), "evomlp: self[…] names something that the layer does not declare in its table");
  Size offset;
  bool found = false;
  ((found = found || std::is_same_v<E, Es>, found ? void() : void(offset = offset + size_of(Es{}, width))), ...);
  return offset;
}

// A layer's tables; what it doesn't mention doesn't exist for it.
template <class L>
constexpr auto parameters_of() {
  if constexpr (requires { L::parameters; }) return L::parameters;
  else return TagTable<>{};
}
template <class L>
constexpr auto buffers_of() {
  if constexpr (requires { L::buffers; }) return L::buffers;
  else return TagTable<>{};
}
template <class L>
constexpr auto saved_of() {
  if constexpr (requires { L::saved; }) return L::saved;
  else return TagTable<>{};
}
template <class L>
constexpr auto scratch_of() {
  if constexpr (requires { L::scratch; }) return L::scratch;
  else return TagTable<>{};
}
template <class L>
constexpr auto backward_scratch_of() {
  if constexpr (requires { L::backward_scratch; }) return L::backward_scratch;
  else return TagTable<>{};
}
template <class L>
constexpr auto children_of() {
  if constexpr (requires { L::children; }) return L::children;
  else return TagTable<>{};
}

}  // namespace detail
}  // namespace evomlp
