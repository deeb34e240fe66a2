// SPDX-License-Identifier: MIT
// A file written whole or not at all.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/durable.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace evomlp {

namespace detail {

/// A new file beside `path`, open for writing. Throws FileError where there can't be one; `also` ends the message.
inline std::filesystem::path create_beside(const std::filesystem::path& path, std::FILE*& file,
                                           std::string_view also = {}) {
  const std::string process = std::to_string(process_id());
  std::filesystem::path partial;
  int taken = EEXIST;  // by another thread, or by a process of the same number that was killed
  for (int n = 0; taken == EEXIST; ++n) {
    partial = path;
    partial += std::string(".").append(process).append("-").append(std::to_string(n)).append(".partial");
    taken = create_file(partial, file);
  }
  if (taken != 0)
    throw FileError(concat(
        {path_text(path), ": can't create ", path_text(partial), ": ", std::generic_category().message(taken), also}));
  return partial;
}

/// Throws FileError where write_file could create no file: what is written at the end of a long run had better be known to
/// be possible at its beginning.
inline void require_can_write(const std::filesystem::path& path) {
  std::FILE* file = nullptr;
  const std::filesystem::path partial = create_beside(path, file);
  std::fclose(file);
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
}

}  // namespace detail

/// Writes `bytes` to a new file beside `path`, flushes it to the disk and moves it there: whoever reads `path` finds
/// the old file or a new one, never a part, also after the process was killed or the power cut, and while several write
/// it. The new file has the old one's rights. A killed process leaves its `path.<process>-<n>.partial`, which may be
/// deleted. A symbolic link is replaced, and what it led to stays. Throws FileError and leaves the old file as it was.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  if (path.empty()) throw FileError("write_file: the path is empty, expected the name of a file");
  const std::string name = detail::path_text(path);
  const std::string unchanged = detail::concat({" (", bytes.size(), " bytes); what was there before is unchanged"});
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) throw FileError(name + ": is a directory, expected the name of a file");
  if (std::filesystem::exists(status) &&
      !std::filesystem::is_regular_file(status))  // /dev/null would be a file after it
    throw FileError(name + ": is not a regular file, expected the name of one");

  std::FILE* file = nullptr;
  const std::filesystem::path partial = detail::create_beside(path, file, unchanged);
  if (std::filesystem::exists(status)) std::filesystem::permissions(partial, status.permissions(), ignored);
  const auto fail = [&](const std::string& what) {
    std::filesystem::remove(partial, ignored);
    throw FileError(detail::concat({name, ": ", what, unchanged}));
  };
  errno = 0;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && detail::flush_to_disk(file);
  const int reason = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed)
    fail(detail::concat({"can't write all of it to ", detail::path_text(partial), ": ",
                         std::generic_category().message(written ? errno : reason)}));
  std::error_code error;
  std::filesystem::rename(partial, path, error);
  if (error) fail("can't be replaced: " + error.message());
  detail::flush_folder(path.parent_path());
}
inline void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace evomlp
