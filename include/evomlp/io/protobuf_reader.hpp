// SPDX-License-Identifier: MIT
// Protocol Buffers, read: the wire format alone. https://protobuf.dev/programming-guides/encoding
//   a message   fields, one after the other, in any order
//   a field     varint of number · 8 + kind, then by kind: 0 a varint, 1 eight bytes, 2 a varint n and n bytes (text, a
//               message inside, packed numbers), 5 four bytes
//   a varint    seven bits a byte, lowest first, the top bit says that another byte follows
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/io/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// The fields of one message. Everything is checked before it is used, and a field that nobody asks for is skipped:
///
///     while (reader.next()) {
///       if (reader.field() == 3) name = reader.text();
///     }
class ProtobufReader {
 public:
  /// `fault` begins what is said of a fault, and must outlive it; `message` is its type; `offset` is where it begins.
  ProtobufReader(std::span<const std::byte> bytes, const std::string& fault, std::string_view message,
                 std::size_t offset = 0)
      : bytes_(bytes), fault_(fault), message_(message), offset_(offset) {}

  /// Goes to the next field; false at the end. Throws FileError, as all here.
  bool next() {
    if (at_ == bytes_.size()) return false;
    begin_ = at_;
    const std::uint64_t tag = varint();
    if (tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) fault(concat({"has the field number ", tag >> 3}));
    field_ = static_cast<std::uint32_t>(tag >> 3);
    kind_ = static_cast<unsigned>(tag & 7);
    if (kind_ == 0) {
      number_ = varint();
    } else if (kind_ == 1 || kind_ == 5) {
      payload_ = take(kind_ == 1 ? 8 : 4);
    } else if (kind_ == 2) {
      payload_ = take(varint());
    } else {
      fault(concat({"has field ", field_, " of the kind ", kind_, ", which is not read"}));
    }
    return true;
  }

  std::uint32_t field() const { return field_; }

  std::uint64_t number() const {
    require_kind(0, "a number");
    return number_;
  }
  float real() const {
    require_kind(5, "a float");
    return read_little_endian<float>(payload_.data());
  }
  std::span<const std::byte> bytes() const {
    require_kind(2, "bytes");
    return payload_;
  }
  std::string text() const {
    require_kind(2, "a text");
    std::string text(reinterpret_cast<const char*>(payload_.data()), payload_.size());
    if (!is_utf8(text)) fault(concat({"has a text that is not UTF-8 in field ", field_}));
    return text;
  }
  /// The message inside, of the type `name`.
  ProtobufReader message(std::string_view name) const {
    require_kind(2, name);
    return {payload_, fault_, name, offset_ + at_ - payload_.size()};
  }
  /// Calls take(number) for the number of this field, or for each of its packed ones.
  void numbers(auto take) const {
    if (kind_ == 0) {
      take(number_);
      return;
    }
    ProtobufReader packed = message(message_);
    while (packed.at_ < packed.bytes_.size()) {
      packed.begin_ = packed.at_;
      take(packed.varint());
    }
  }
  /// The bytes of a float or double field: of its number, or of all that are packed in it.
  std::span<const std::byte> reals(std::size_t size) const {
    if (kind_ == (size == 4 ? 5 : 1)) return payload_;
    require_kind(2, "numbers");
    if (payload_.size() % size != 0)
      fault(concat({"has ", payload_.size(), " bytes of numbers of ", size, " in field ", field_}));
    return payload_;
  }

  /// Throws what is wrong with the field that was read last.
  [[noreturn]] void fault(const std::string& what) const {
    throw FileError(concat({fault_, ": the ", message_, " ", what, " at offset ", offset_ + begin_}));
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at_ == bytes_.size()) fault("ends inside a number");
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) fault("has a number of more than 64 bits");
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::span<const std::byte> take(std::uint64_t size) {
    const std::size_t left = bytes_.size() - at_;
    if (size > left) fault(concat({"has ", left, " bytes, expected ", size, " for field ", field_}));
    const auto taken = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += taken.size();
    return taken;
  }
  void require_kind(unsigned kind, std::string_view what) const {
    if (kind_ != kind) fault(concat({"has field ", field_, " of the kind ", kind_, ", expected ", what}));
  }

  std::span<const std::byte> bytes_;
  const std::string& fault_;
  std::string_view message_;
  std::size_t offset_;
  std::size_t at_ = 0, begin_ = 0;  // after the field that was read last, and where it begins
  std::uint32_t field_ = 0;
  unsigned kind_ = 0;
  std::uint64_t number_ = 0;
  std::span<const std::byte> payload_{};
};

}  // namespace evomlp::detail
