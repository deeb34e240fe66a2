// SPDX-License-Identifier: MIT
// A file written whole or not at all.
#pragma once

#include "evomlp/core/error.hpp"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <system_error>

namespace evomlp {

/// Writes `bytes` to a new file beside `path`, then moves it there: whoever reads `path` finds the old file or the new
/// one, never a part. Throws FileError and leaves the old file as it was.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::filesystem::path partial = path;
  partial += ".partial";
  const auto fail = [&](const std::string& what) {
    std::error_code unremoved;
    std::filesystem::remove(partial, unremoved);
    throw FileError(path.string() + ": " + what + " (" + std::to_string(bytes.size()) +
                    " bytes); what was there before is unchanged");
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw FileError(path.string() + ": is a directory, expected the name of a file");
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    if (!file) fail("can't create " + partial.string());
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) fail("can't write all of it to " + partial.string());
  }
  std::error_code error;
  std::filesystem::rename(partial, path, error);
  if (error) fail("can't be replaced: " + error.message());
}

}  // namespace evomlp
