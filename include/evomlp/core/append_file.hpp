// SPDX-License-Identifier: MIT
// A file that grows: each piece is in it when the call returns.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>

namespace evomlp::detail {

/// Cuts the file back to its first `bytes` bytes; 0 creates it if need be. What has no size (a terminal, a pipe) is
/// left as it is. Throws FileError if it can't be written or is shorter.
inline void cut_file(const std::filesystem::path& path, std::uint64_t bytes) {
  errno = 0;
  if (bytes == 0) std::ofstream(path, std::ios::binary | std::ios::app);
  const int reason = errno;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw FileError(path_text(path) + (bytes == 0
                                           ? ": can't be created: " + std::generic_category().message(reason)
                                           : concat({": no such file, expected one of at least ", bytes, " bytes"})));
  if (std::filesystem::is_directory(status))
    throw FileError(path_text(path) + ": is a directory, expected the name of a file");
  if (!std::filesystem::is_regular_file(status)) return;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size < bytes)
    throw FileError(concat({path_text(path), ": has ", size, " bytes, expected at least ", bytes}));
  if (!error) std::filesystem::resize_file(path, bytes, error);
  if (error) throw FileError(concat({path_text(path), ": can't be written: ", error.message()}));
}

/// Writes `text` after the first `bytes` bytes, which must be all that is there: a file that someone else changes is
/// left alone. Throws FileError.
inline void append_to_file(const std::filesystem::path& path, std::uint64_t bytes, std::string_view text) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw FileError(path_text(path) + ": is gone, someone else removed it");
  if (std::filesystem::is_regular_file(status)) {
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size != bytes)
      throw FileError(
          concat({path_text(path), ": has ", size, " bytes, expected ", bytes, ": someone else writes to it"}));
  }
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::app);
  if (!file)
    throw FileError(path_text(path) + ": can't be opened for writing: " + std::generic_category().message(errno));
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file)
    throw FileError(concat({path_text(path), ": can't write ", text.size(), " bytes after the first ", bytes}));
}

}  // namespace evomlp::detail
