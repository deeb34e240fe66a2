// SPDX-License-Identifier: MIT
// A whole file as bytes.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

namespace evomlp {

namespace detail {

/// Throws FileError unless there is such a file, and it is a regular one.
inline void require_regular_file(const std::filesystem::path& path) {
  if (path.empty()) throw FileError("read_file: the path is empty, expected the name of a file");
  const std::string name = path_text(path);
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw FileError(name + ": no such file");
  if (error) throw FileError(concat({name, ": ", error.message()}));
  if (std::filesystem::is_directory(status)) throw FileError(name + ": is a directory, expected a file");
  if (!std::filesystem::is_regular_file(status)) throw FileError(name + ": is not a regular file");
}

}  // namespace detail

/// The bytes of a regular file. Throws FileError if there is no such file, if it is a directory or another thing
/// without a size (a pipe, a device), if it can't be read, or if it doesn't fit in memory.
inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const std::string name = detail::path_text(path);
  detail::require_regular_file(path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw FileError(detail::concat({name, ": can't be opened for reading: ", std::generic_category().message(errno)}));
  // The size of what was opened: under this name there may be another file by now.
  const std::streamoff end = file.seekg(0, std::ios::end).tellg();
  if (end < 0 || !file.seekg(0)) throw FileError(name + ": its size can't be read");
  const auto size = static_cast<std::uintmax_t>(end);

  std::vector<std::byte> bytes;
  if (size > static_cast<std::uintmax_t>((std::numeric_limits<std::ptrdiff_t>::max)())) {
    throw FileError(detail::concat({name, ": has ", size, " bytes, too many for this machine's memory"}));
  }
  try {
    bytes.resize(static_cast<std::size_t>(size));
  } catch (const std::exception&) {
    throw FileError(detail::concat({name, ": has ", size, " bytes, too many for this machine's memory"}));
  }
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::uintmax_t>(file.gcount()) != size) {
    throw FileError(
        detail::concat({name, ": reading stopped at offset ", file.gcount(), ", expected ", size, " bytes"}));
  }
  return bytes;
}

}  // namespace evomlp
