// SPDX-License-Identifier: MIT
// Zip archives, written; zip_reader.hpp says what they are made of.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/io/deflate.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Collects members, then makes the archive of them.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& archive) : archive_(archive) {}

  void add(const std::string& name, std::span<const std::byte> content, bool compress) {
    if (content.size() >= limit || name.size() > 0xFFFF) fail();
    const auto packed = compress ? deflate_raw(content) : std::vector<std::byte>(content.begin(), content.end());
    if (packed.size() >= limit || bytes_.size() >= limit - packed.size()) fail();
    const auto offset = bytes_.size();
    const auto common = [&](std::vector<std::byte>& to) {  // what header and directory entry share
      append(to, 20, 2);                                   // version 2.0 is needed
      append(to, 0x800, 2);                                // the name is UTF-8
      append(to, compress ? 8 : 0, 2);
      append(to, 0x00210000, 4);  // 1980-01-01: the same bytes on every day
      append(to, crc_of(content), 4);
      append(to, packed.size(), 4);
      append(to, content.size(), 4);
      append(to, name.size(), 2);
      append(to, 0, 2);  // no extra field
    };
    append(bytes_, 0x04034B50, 4);
    common(bytes_);
    append(bytes_, name);
    bytes_.insert(bytes_.end(), packed.begin(), packed.end());

    append(directory_, 0x02014B50, 4);
    append(directory_, 20, 2);
    common(directory_);
    append(directory_, 0, 6);  // no comment, volume 0, unknown contents
    append(directory_, 0, 4);  // no attributes
    append(directory_, offset, 4);
    append(directory_, name);
    ++members_;
  }

  std::vector<std::byte> finish() {
    if (members_ >= 0xFFFF || bytes_.size() >= limit || directory_.size() >= limit) fail();
    const std::size_t offset = bytes_.size();
    bytes_.insert(bytes_.end(), directory_.begin(), directory_.end());
    append(bytes_, 0x06054B50, 4);
    append(bytes_, 0, 4);
    append(bytes_, members_, 2);
    append(bytes_, members_, 2);
    append(bytes_, directory_.size(), 4);
    append(bytes_, offset, 4);
    append(bytes_, 0, 2);
    return std::move(bytes_);
  }

 private:
  static constexpr std::size_t limit = 0xFFFFFFFF;

  [[noreturn]] void fail() const {
    throw FileError(archive_ + ": zip archives hold less than 4 GiB and 65535 members; save .npy files instead");
  }
  static void append(std::vector<std::byte>& to, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i) & 255));
  }
  static void append(std::vector<std::byte>& to, std::string_view text) {
    for (const char c : text) to.push_back(static_cast<std::byte>(c));
  }

  const std::string& archive_;
  std::vector<std::byte> bytes_, directory_;
  std::size_t members_ = 0;
};

}  // namespace evomlp::detail
