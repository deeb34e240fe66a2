// SPDX-License-Identifier: MIT
// The element types of safetensors files, and their bytes.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace evomlp {

/// An element type of a safetensors file, in the order in which the format's own writers put them into a file, which
/// keeps every tensor aligned.
enum class Dtype { u64, i64, f64, f32, u32, i32, bf16, f16, u16, i16, i8, u8, boolean };

namespace detail {

struct DtypeRow {
  std::string_view name;
  std::size_t size;
};
inline constexpr std::array<DtypeRow, 13> dtype_rows{{{"U64", 8},
                                                      {"I64", 8},
                                                      {"F64", 8},
                                                      {"F32", 4},
                                                      {"U32", 4},
                                                      {"I32", 4},
                                                      {"BF16", 2},
                                                      {"F16", 2},
                                                      {"U16", 2},
                                                      {"I16", 2},
                                                      {"I8", 1},
                                                      {"U8", 1},
                                                      {"BOOL", 1}}};

}  // namespace detail

/// The format's name: "F32".
constexpr std::string_view to_string(Dtype dtype) { return detail::dtype_rows[static_cast<std::size_t>(dtype)].name; }

namespace detail {

/// Bytes of one element.
constexpr std::size_t size_of(Dtype dtype) { return dtype_rows[static_cast<std::size_t>(dtype)].size; }

constexpr std::optional<Dtype> dtype_called(std::string_view name) {
  for (std::size_t i = 0; i < dtype_rows.size(); ++i)
    if (dtype_rows[i].name == name) return static_cast<Dtype>(i);
  return std::nullopt;
}

/// F32 or F64.
template <class T>
inline constexpr Dtype dtype_of = std::same_as<T, float> ? Dtype::f32 : Dtype::f64;

/// Appends a number's bytes, little-endian on every machine.
template <class T>
void append_little_endian(std::vector<std::byte>& to, T number) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, &number, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(bytes, bytes + sizeof(T));
  for (const std::byte byte : bytes) to.push_back(byte);  // g++ 12 warns of an insert here
}

/// The number whose little-endian bytes begin there, aligned or not.
template <class T>
T read_little_endian(const std::byte* from) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, from, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(bytes, bytes + sizeof(T));
  T number;
  std::memcpy(&number, bytes, sizeof(T));
  return number;
}

}  // namespace detail
}  // namespace evomlp
