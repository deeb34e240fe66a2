// SPDX-License-Identifier: MIT
// Mapped files that take no more memory than allowed.
#pragma once

#include "evomlp/data/mapped_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace evomlp::detail {

/// Touched pages of a mapped file count as the process's memory until they are given back. This counts them, and gives
/// all of them back when they would get too many: those that are in use come back from the system's cache of files,
/// without reading, which costs less than remembering which ones were touched last. May be asked from any thread.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::size_t bytes) : most_((std::max)(bytes >> piece_bits, std::size_t{1})) {}

  /// The bytes of a mapped file, to be counted; returns its number.
  std::size_t add(std::span<const std::byte> bytes) {
    const std::size_t pieces = bytes.empty() ? 0 : piece(bytes.data() + bytes.size() - 1) - piece(bytes.data()) + 1;
    files_.push_back({bytes, std::vector<bool>(pieces)});
    return files_.size() - 1;
  }

  /// To be called before bytes of a file are read, if there are any.
  void touch(std::size_t number, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    const std::byte* const begin = files_[number].bytes.data();
    const std::size_t first = piece(bytes.data()) - piece(begin),
                      past = piece(bytes.data() + bytes.size() - 1) - piece(begin) + 1;
    if (touched_ + (past - first) > most_) give_back_all();
    for (std::size_t i = first; i < past; ++i) {
      if (files_[number].touched[i]) continue;
      files_[number].touched[i] = true;
      ++files_[number].count;
      ++touched_;
    }
  }

 private:
  /// What Linux maps when one byte is touched: 64 KiB at such an address, of what is in its cache.
  static constexpr int piece_bits = 16;

  static std::size_t piece(const std::byte* address) {
    return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(address) >> piece_bits);
  }

  void give_back_all() {
    for (File& file : files_) {
      if (file.count == 0) continue;
      give_back(file.bytes);
      file.touched.assign(file.touched.size(), false);
      file.count = 0;
    }
    touched_ = 0;
  }

  struct File {
    std::span<const std::byte> bytes;
    std::vector<bool> touched;  // by piece
    std::size_t count = 0;
  };

  std::mutex mutex_;
  std::vector<File> files_;
  std::size_t most_, touched_ = 0;  // pieces
};

}  // namespace evomlp::detail
