// SPDX-License-Identifier: MIT
// The header of NumPy's .npy format, versions 1.0 to 3.0:
//   offset 0  93 "NUMPY"      offset 6  version, two bytes      offset 8  length of the header, 2 bytes (1.0) or 4
//   then the header, a dictionary in Python's notation:  {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
//   and spaces up to a line feed; then the elements.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/where_called.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp::detail {

/// What NumPy 2 allows; and the longest header of version 1.0, which all that is read here fits into.
inline constexpr std::size_t npy_max_dimensions = 64, npy_max_header = 65535;

/// A checked .npy file: its elements exist.
struct NpyView {
  char kind = 0;  ///< as NumPy writes it: b bool, i signed, u unsigned, f floating point
  std::size_t item_size = 0;
  bool big_endian = false, fortran_order = false;
  std::vector<std::size_t> shape;
  std::span<const std::byte> elements;

  std::size_t rows() const { return shape[0]; }

  /// Elements of one row: the product of the sizes after the first.
  std::size_t columns() const {
    std::size_t product = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) product *= shape[axis];
    return product;
  }
};

/// Reads the dictionary; every failure names the offset in the file.
class NpyDictionary {
 public:
  NpyDictionary(std::string_view text, std::size_t offset, const std::string& name)
      : text_(text), offset_(offset), name_(name) {}

  void read(NpyView& view) {
    bool has_descr = false, has_order = false, has_shape = false;
    const auto once = [&](bool& seen, const std::string& key) {
      if (seen) fail(concat({"got '", key, "' twice"}));
      seen = true;
    };
    expect('{');
    while (!next_is('}')) {
      const std::string key = read_string();
      expect(':');
      if (key == "descr") {
        once(has_descr, key);
        read_descr(view);
      } else if (key == "fortran_order") {
        once(has_order, key);
        view.fortran_order = read_bool();
      } else if (key == "shape") {
        once(has_shape, key);
        read_shape(view.shape);
      } else {
        fail(concat({"got the key '", key, "', expected descr, fortran_order and shape"}));
      }
      if (!next_is('}')) expect(',');
    }
    expect('}');
    skip_space();
    if (position_ != text_.size()) fail("got something after the dictionary");
    if (!has_descr || !has_order || !has_shape) fail("the header lacks one of descr, fortran_order and shape");
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw FileError(concat({name_, ": ", message, " at offset ", offset_ + position_}));
  }
  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }
  bool next_is(char expected) {
    skip_space();
    return position_ < text_.size() && text_[position_] == expected;
  }
  void expect(char expected) {
    if (!next_is(expected)) fail(concat({"the header has no '", std::string_view(&expected, 1), "'"}));
    ++position_;
  }
  std::string read_string() {
    const char quote = next_is('"') ? '"' : '\'';
    expect(quote);
    const std::size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) fail("the header ends inside a text");
    std::string result(text_.substr(position_, end - position_));
    position_ = end + 1;
    return result;
  }
  bool read_bool() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(position_, word.size()) != word) continue;
      position_ += word.size();
      return word == "True";
    }
    fail("the header has neither True nor False");
  }
  void read_descr(NpyView& view) {
    if (next_is('[')) fail("got records of several fields, expected one element type");
    const std::size_t start = position_;
    const std::string descr = read_string();
    const char order = descr.empty() ? '\0' : descr[0];
    const std::string type = descr.substr(descr.empty() ? 0 : 1);
    for (const std::string_view known : {"b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"}) {
      if (type != known) continue;
      view.kind = type[0];
      view.item_size = static_cast<std::size_t>(type[1] - '0');
      view.big_endian = order == '>';
      if (order == '<' || order == '>' || (order == '|' && view.item_size == 1)) return;
    }
    position_ = start;
    fail(concat({"got element type '", descr, "', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or >",
                 type == "O" ? " (objects are never read: they could run any program)" : ""}));
  }
  void read_shape(std::vector<std::size_t>& shape) {
    expect('(');
    while (!next_is(')')) {
      std::size_t size = 0, digits = 0;
      for (; position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9'; ++position_, ++digits) {
        const auto digit = static_cast<std::size_t>(text_[position_] - '0');
        if (size > ((std::numeric_limits<std::size_t>::max)() - digit) / 10) fail("got a size beyond 64 bits");
        size = 10 * size + digit;
      }
      if (digits == 0) fail("the shape has no number");
      if (shape.size() == npy_max_dimensions) fail(concat({"got more than ", npy_max_dimensions, " dimensions"}));
      shape.push_back(size);
      if (!next_is(')')) expect(',');
    }
    expect(')');
  }

  std::string_view text_;
  std::size_t offset_;
  const std::string& name_;
  std::size_t position_ = 0;
};

/// Checks the header against the bytes that are there; nothing as large as the array is allocated. `scalars`: a single
/// number without dimensions is taken too; it has no rows().
template <class = WhereCalled>
NpyView parse_npy(std::span<const std::byte> bytes, const std::string& name, bool scalars = false) {
  const auto fail = [&name](const std::string& message) { throw FileError(concat({name, ": ", message})); };
  const auto need = [&](std::size_t header) {
    if (bytes.size() < header) {
      fail(concat({"the npy header ends at offset ", bytes.size(), ", expected ", header, " bytes"}));
    }
  };
  constexpr std::string_view magic = "\x93NUMPY";
  for (std::size_t i = 0; i < magic.size() && i < bytes.size(); ++i) {
    if (static_cast<char>(bytes[i]) != magic[i]) {
      const bool zip = bytes.size() >= 2 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
      fail(concat({"is not an npy file: offset ", i, " differs from 93 \"NUMPY\"",
                   zip ? "; it looks like an npz file: include <evomlp/io/npz.hpp> and call load_npz" : ""}));
    }
  }
  need(8);
  const auto major = std::to_integer<unsigned>(bytes[6]), minor = std::to_integer<unsigned>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    fail(concat({"got version ", major, ".", minor, " at offset 6, expected 1.0 to 3.0"}));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4, start = 8 + length_bytes;
  need(start);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::to_integer<std::size_t>(bytes[8 + i]) << (8 * i);
  if (length > bytes.size() - start) {
    fail(concat({"the npy header ends at offset ", bytes.size(), ", expected ", length, " bytes from offset ", start}));
  }
  if (length > npy_max_header)
    fail(concat({"got a header of ", length, " bytes at offset 8, expected at most ", npy_max_header}));
  NpyView view;
  NpyDictionary({reinterpret_cast<const char*>(bytes.data()) + start, length}, start, name).read(view);
  if (view.shape.empty() && !scalars) fail("holds a single number without dimensions, expected an array");

  // Zeros aside, the product must not overflow: (0, 2^40, 2^40) has no elements, but no row of it could be counted.
  const std::size_t offset = start + length, available = bytes.size() - offset;
  const auto limit = static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) / view.item_size;
  std::size_t product = 1, elements = 1;
  std::string shape;
  bool countable = true;
  for (const std::size_t size : view.shape) {
    shape += concat({shape.empty() ? "" : " x ", size});
    elements *= size == 0 ? 0 : 1;
    countable = countable && (size == 0 || product <= limit / size);
    if (countable && size != 0) product *= size;
  }
  const std::string found = concat({available, " bytes after the header at offset ", offset});
  const std::string expected = concat({shape, " elements of ", view.item_size, " bytes"});
  elements *= product;
  if (!countable || elements * view.item_size > available)
    fail(concat({"is truncated: got ", found, ", expected ", expected}));
  if (elements * view.item_size != available) {
    fail(concat({"got ", found, ", expected ", expected, " and the end of the file at offset ",
                 offset + elements * view.item_size}));
  }
  view.elements = bytes.subspan(offset);
  return view;
}

}  // namespace evomlp::detail
