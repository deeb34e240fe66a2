// SPDX-License-Identifier: MIT
// Files that somebody damaged, one line each: what is wrong, the edit that makes it of a valid file, and the words of the
// error.
#pragma once

#include "support/bytes.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp_test {

using Edit = std::function<void(Bytes&)>;

struct Malformed {
  std::string what;
  Edit edit;
  std::string error;  // a part of it
};

/// Another file altogether.
inline Edit all(std::string_view text) {
  return [text = std::string(text)](Bytes& file) { file = bytes(text); };
}
/// The first `size` bytes; the rest is lost.
inline Edit cut(std::size_t size) {
  return [size](Bytes& file) { file.resize(size); };
}
/// `size` bytes are lost at the end.
inline Edit lose(std::size_t size) {
  return [size](Bytes& file) { file.resize(file.size() - size); };
}
inline Edit append(std::string_view text) {
  return [text = std::string(text)](Bytes& file) {
    for (const std::byte byte : bytes(text)) file.push_back(byte);
  };
}
/// A little-endian number of `size` bytes at `offset`.
inline Edit number(std::size_t offset, std::uint64_t value, std::size_t size) {
  return [=](Bytes& file) {
    for (std::size_t i = 0; i < size; ++i) file.at(offset + i) = static_cast<std::byte>(value >> (8 * i) & 255);
  };
}

/// Where a text begins in a file, the last time if told; it must be there.
inline std::size_t place_of(const Bytes& file, std::string_view text, bool last = false) {
  const Bytes wanted = bytes(text);
  const auto at = last ? std::find_end(file.begin(), file.end(), wanted.begin(), wanted.end())
                       : std::search(file.begin(), file.end(), wanted.begin(), wanted.end());
  if (at == file.end()) throw std::logic_error("the file has no " + std::string(text));
  return static_cast<std::size_t>(at - file.begin());
}
/// A text where another one was, the first time.
inline Edit swap(std::string_view from, std::string_view to) {
  return [from = std::string(from), to = bytes(to)](Bytes& file) {
    const auto at = file.begin() + static_cast<std::ptrdiff_t>(place_of(file, from));
    file.insert(file.erase(at, at + static_cast<std::ptrdiff_t>(from.size())), to.begin(), to.end());
  };
}
/// The same in a header whose length, a number of `size` bytes at `offset`, stays right.
inline Edit swap_in_header(std::size_t offset, std::size_t size, std::string_view from, std::string_view to) {
  return [=, edit = swap(from, to)](Bytes& file) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < size; ++i) length |= std::to_integer<std::uint64_t>(file[offset + i]) << (8 * i);
    const std::size_t before = file.size();
    edit(file);
    number(offset, length + file.size() - before, size)(file);
  };
}
/// One after the other.
inline Edit both(Edit first, Edit second) {
  return [=](Bytes& file) {
    first(file);
    second(file);
  };
}

/// The valid file is read; each malformed one, on the disk, is an E that names the file and says what it should.
template <class E = evomlp::FileError>
void check_refused(const Bytes& valid, const std::vector<Malformed>& table, auto read) {
  const TemporaryFolder folder;
  read(folder.write("valid", valid));
  for (const Malformed& malformed : table) {
    CAPTURE(malformed.what);
    Bytes file = valid;
    malformed.edit(file);
    const auto path = folder.write("malformed", file);
    const std::string message = message_of<E>([&] { read(path); });
    CAPTURE(message.substr(0, 1000));
    CHECK(message.find(path.string()) == 0);
    CHECK(contains(message, malformed.error));
    CHECK(message.size() < 3000);
  }
}

}  // namespace evomlp_test
