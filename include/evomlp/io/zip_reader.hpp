// SPDX-License-Identifier: MIT
// Zip archives, as far as NumPy writes them: stored and deflated members, no encryption, no zip64.
//   for each member   "PK\3\4", 22 bytes that the directory repeats, lengths of name and extra field, both, the data
//   the directory     for each member "PK\1\2", 42 bytes, name, extra field, comment
//   the end           "PK\5\6", number of members, size and offset of the directory, length of a comment, the comment
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/io/deflate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

using ZipMembers = std::map<std::string, std::vector<std::byte>, std::less<>>;

class ZipReader {
 public:
  ZipReader(std::span<const std::byte> bytes, const std::string& name, std::size_t max_bytes)
      : bytes_(bytes), name_(name), max_bytes_(max_bytes) {}

  ZipMembers read() {
    const std::size_t end = find_end();
    const std::uint32_t members = number(end + 10, 2), size = number(end + 12, 4), offset = number(end + 16, 4);
    if (members == 0xFFFF || size == 0xFFFFFFFF || offset == 0xFFFFFFFF) fail_zip64(end);
    if (number(end + 4, 4) != 0 || number(end + 8, 2) != members) fail("is one of several volumes", end);
    if (offset > end || size != end - offset) fail("the directory doesn't fill the space before the end record", end);
    directory_ = offset;
    std::size_t at = offset;
    for (std::uint32_t i = 0; i < members; ++i) at = read_member(at, end);
    if (at != end) fail(concat({"the directory has more than its ", members, " members"}), at);
    return std::move(members_);
  }

 private:
  [[noreturn]] void fail(const std::string& message, std::size_t offset) const {
    throw FileError(concat({name_, ": ", message, " at offset ", offset}));
  }
  [[noreturn]] void fail_zip64(std::size_t offset) const {
    fail("is a zip64 archive, for members of 4 GiB or more, which is not read; save them as .npy files", offset);
  }

  /// Little-endian; the bytes must exist.
  std::uint32_t number(std::size_t offset, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint32_t>(bytes_[offset + i]) << (8 * i);
    return value;
  }

  bool is_record(std::size_t offset, std::size_t size, std::size_t end, char kind) const {
    return offset <= end && end - offset >= size && number(offset, 2) == 0x4B50 &&
           number(offset + 2, 2) == static_cast<std::uint32_t>(kind) * 0x101u + 0x100u;
  }

  /// The last end record whose comment ends with the file.
  std::size_t find_end() const {
    for (std::size_t back = 22; back <= bytes_.size() && back <= 22 + 0xFFFF; ++back) {
      const std::size_t offset = bytes_.size() - back;
      if (is_record(offset, 22, bytes_.size(), 5) && number(offset + 20, 2) == back - 22) return offset;
    }
    throw FileError(
        concat({name_, ": is not a zip archive, or truncated: has no end record in its ", bytes_.size(), " bytes"}));
  }

  /// Reads the member whose directory entry is at `at` and returns where the next one is.
  std::size_t read_member(std::size_t at, std::size_t end) {
    if (!is_record(at, 46, end, 1)) fail("expected a directory entry", at);
    const std::uint32_t flags = number(at + 8, 2), method = number(at + 10, 2), checksum = number(at + 16, 4);
    const std::size_t packed = number(at + 20, 4), size = number(at + 24, 4), local = number(at + 42, 4);
    const std::size_t name_length = number(at + 28, 2);
    const std::size_t length = 46 + name_length + number(at + 30, 2) + number(at + 32, 2);
    if (length > end - at) fail("a directory entry goes beyond the directory", at);
    const std::string name = text(at + 46, name_length);
    const std::string member = concat({"member \"", name.substr(0, 200), "\""});
    if (packed == 0xFFFFFFFF || size == 0xFFFFFFFF || local == 0xFFFFFFFF) fail_zip64(at);
    if ((flags & 1) != 0) fail(member + " is encrypted", at);
    if (method != 0 && method != 8) {
      fail(concat({member, " is compressed by method ", method, ", expected 0 (stored) or 8 (deflated)"}), at);
    }

    if (!is_record(local, 30, directory_, 3)) fail(member + " has no header", local);
    const std::size_t local_name_length = number(local + 26, 2);
    const std::size_t before = 30 + local_name_length + number(local + 28, 2);
    if (before > directory_ - local || packed > directory_ - local - before) {
      fail(member + " goes into the directory", local);
    }
    if (text(local + 30, local_name_length) != name) fail(member + " has another name in its header", local);

    require_apart(local, local + before + packed, member);
    auto content = unpack(bytes_.subspan(local + before, packed), method, size, member, local + before);
    if (crc_of(content) != checksum) fail(member + " is damaged: its checksum is wrong", local + before);
    if (!members_.emplace(name, std::move(content)).second) fail(member + " is there twice", at);
    return at + length;
  }

  /// One byte in many members would be many bytes in memory.
  void require_apart(std::size_t begin, std::size_t end, const std::string& member) {
    const auto next = ranges_.lower_bound(begin);
    const bool overlaps =
        (next != ranges_.end() && next->first < end) || (next != ranges_.begin() && std::prev(next)->second > begin);
    if (overlaps) fail(member + " overlaps another", begin);
    ranges_.emplace(begin, end);
  }

  std::vector<std::byte> unpack(std::span<const std::byte> packed, std::uint32_t method, std::size_t size,
                                const std::string& member, std::size_t start) {
    std::vector<std::byte> content;
    std::size_t used = packed.size();
    if (method == 0) {
      content.assign(packed.begin(), packed.end());
    } else {
      used = 0;
      const std::size_t limit = (std::min)(size, max_bytes_ - inflated_);
      inflate_stream(packed, used, Wrapping::none, content, limit,
                     [&](const std::string& message) { fail(concat({member, " ", message}), start + used); });
      inflated_ += content.size();
    }
    if (content.size() != size || used != packed.size()) {
      fail(concat({member, " has ", content.size(), " bytes, expected ", size}), start);
    }
    return content;
  }

  std::string text(std::size_t offset, std::size_t length) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, length};
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  std::size_t max_bytes_, inflated_ = 0, directory_ = 0;
  std::map<std::size_t, std::size_t> ranges_;  // of the members so far: begin and end
  ZipMembers members_;
};

}  // namespace evomlp::detail
