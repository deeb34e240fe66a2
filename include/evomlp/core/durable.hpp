// SPDX-License-Identifier: MIT
// What the standard library lacks for files that outlive a power cut: the one header here that asks the system.
#pragma once

#include "evomlp/core/cxx20.hpp"

#if defined(_WIN32)
#include <io.h>
#include <process.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace evomlp::detail {

/// A number that no other running process of this machine has.
inline long process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return static_cast<long>(getpid());
#endif
}

/// Creates a file that is not there yet, for writing; 0 or an errno.
inline int create_file(const std::filesystem::path& path, std::FILE*& file) {
#if defined(_WIN32)
  return _wfopen_s(&file, path.c_str(), L"wbx");
#else
  errno = 0;
  file = std::fopen(path.c_str(), "wbx");
  return file != nullptr ? 0 : errno;
#endif
}

/// Asks for a descriptor's data to be on the disk, not only on their way; false if some never get there. Where a file
/// system has no such request, nothing better can be done.
inline bool reaches_disk(int descriptor) {
#if defined(_WIN32)
  return _commit(descriptor) == 0;
#else
#if defined(F_FULLFSYNC)  // macOS: fsync stops at the disk's own cache
  if (fcntl(descriptor, F_FULLFSYNC) == 0) return true;
#endif
  return fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
#endif
}

/// Writes out what a stream holds back, to the disk; false if that failed.
inline bool flush_to_disk(std::FILE* file) {
  if (std::fflush(file) != 0) return false;
#if defined(_WIN32)
  return reaches_disk(_fileno(file));
#else
  return reaches_disk(fileno(file));
#endif
}

/// Makes a rename in this folder last, where the system needs to be asked. The file is whole with or without it.
inline void flush_folder([[maybe_unused]] const std::filesystem::path& folder) {
#if !defined(_WIN32)
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  reaches_disk(descriptor);
  close(descriptor);
#endif
}

}  // namespace evomlp::detail
