// SPDX-License-Identifier: MIT
// Protocol Buffers, written: the wire format alone; protobuf_reader.hpp says what it is.
#pragma once

#include "evomlp/io/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Collects the fields of one message. Its own instead of the protobuf library: ONNX needs five kinds of fields, and the
/// library would ask every user for a code generator and for a version of it that fits.
class ProtobufWriter {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    varint(field << 3 | 0);
    varint(value);
  }
  void real(std::uint32_t field, float value) {
    varint(field << 3 | 5);
    append_little_endian(bytes_, value);
  }
  void bytes(std::uint32_t field, std::span<const std::byte> value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void text(std::uint32_t field, std::string_view value) {
    bytes(field, {reinterpret_cast<const std::byte*>(value.data()), value.size()});
  }
  /// A message inside: write(writer) adds its fields.
  void message(std::uint32_t field, auto write) {
    ProtobufWriter inside;
    write(inside);
    bytes(field, inside.bytes_);
  }

  std::vector<std::byte> finish() { return std::move(bytes_); }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>((value & 0x7F) | 0x80));
    bytes_.push_back(static_cast<std::byte>(value));
  }

  std::vector<std::byte> bytes_;
};

}  // namespace evomlp::detail
