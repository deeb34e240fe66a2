// SPDX-License-Identifier: MIT
// The types that a memory takes, and how each lies in a file.
#pragma once

#include "evomlp/io/dtype.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// Enums whose every number of the underlying type is a value: enum class, and those that name the type.
template <class E>
concept SafeEnum = std::is_enum_v<E> && requires { E{std::underlying_type_t<E>{}}; };

/// One number. char and wchar_t are signed on one machine and unsigned on another.
template <class E>
concept Element = std::same_as<E, float> || std::same_as<E, double> || SafeEnum<E> ||
                  (std::integral<E> && std::same_as<E, std::remove_cv_t<E>> && !std::same_as<E, char> &&
                   !std::same_as<E, wchar_t> && sizeof(E) <= sizeof(std::uint64_t));

/// How an Element lies in a file: as `type`, which is the same on every machine. A number that doesn't fit an Element
/// comes back from it as another.
template <class E>
struct Stored {
  using type = std::conditional_t<std::is_enum_v<E> || std::signed_integral<E>, std::int64_t, std::uint64_t>;
  static constexpr Dtype dtype = std::signed_integral<type> ? Dtype::i64 : Dtype::u64;
  static constexpr type from(E value) { return static_cast<type>(value); }
  static constexpr E to(type number) { return static_cast<E>(number); }
};
template <>
struct Stored<bool> {
  using type = std::uint8_t;
  static constexpr Dtype dtype = Dtype::boolean;
  static constexpr type from(bool value) { return value ? 1 : 0; }
  static constexpr bool to(type number) { return number != 0; }
};
template <>
struct Stored<char> {  // of a string
  using type = std::uint8_t;
  static constexpr Dtype dtype = Dtype::u8;
  static constexpr type from(char value) { return static_cast<type>(value); }
  static constexpr char to(type number) { return static_cast<char>(number); }
};
template <std::floating_point E>
struct Stored<E> {
  using type = E;
  static constexpr Dtype dtype = dtype_of<E>;
  static constexpr E from(E value) { return value; }
  static constexpr E to(E number) { return number; }
};

template <class V>
inline constexpr bool is_text = std::is_same_v<V, std::string>;

/// Vectors (an AlignedBuffer is one) and spans of one number each.
template <class V>
inline constexpr bool is_list = false;
template <Element E, class A>
inline constexpr bool is_list<std::vector<E, A>> = true;
template <class E, std::size_t N>
inline constexpr bool is_list<std::span<E, N>> = Element<E>;

/// Vectors of strings or vectors.
template <class V>
inline constexpr bool is_list_of_lists = false;
template <class A>
inline constexpr bool is_list_of_lists<std::vector<std::string, A>> = true;
template <Element E, class A, class B>
inline constexpr bool is_list_of_lists<std::vector<std::vector<E, A>, B>> = true;

template <class V>
inline constexpr bool is_optional = false;
template <class V>
inline constexpr bool is_optional<std::optional<V>> = true;

template <class V>
using ElementOf = std::remove_cv_t<typename V::value_type>;

/// What holds the values of a list of lists one after the other.
template <class V>
struct FlatList {
  using type = std::vector<ElementOf<typename V::value_type>>;
};
template <class A>
struct FlatList<std::vector<std::string, A>> {
  using type = std::string;
};

}  // namespace evomlp::detail
