// SPDX-License-Identifier: MIT
// A file as memory, without reading it: for data larger than memory. Brings in the operating system's headers.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/read_file.hpp"

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

namespace evomlp {

/// The bytes of a regular file, read by the operating system page by page when they are touched, and given back when
/// memory is short. The address space is taken at once, memory isn't. Movable; the bytes stay where they are.
/// The file must not become shorter while it is mapped: on POSIX systems touching what is gone ends the program with
/// SIGBUS (Windows doesn't let it become shorter).
class MappedFile {
 public:
  /// Throws FileError if there is no such file, if it is not a regular one, or if it can't be opened or mapped.
  explicit MappedFile(const std::filesystem::path& path) {
    detail::require_regular_file(path);
    map(path);
  }
  ~MappedFile() { unmap(); }
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  static std::size_t checked_size(const std::filesystem::path& path, std::uintmax_t size) {
    if (size > static_cast<std::uintmax_t>((std::numeric_limits<std::ptrdiff_t>::max)())) {
      throw FileError(
          detail::concat({detail::path_text(path), ": has ", size, " bytes, too many for this machine's addresses"}));
    }
    return static_cast<std::size_t>(size);
  }
  [[noreturn]] static void fail(const std::filesystem::path& path, const char* what, int code) {
    throw FileError(
        detail::concat({detail::path_text(path), ": can't be ", what, ": ", std::system_category().message(code)}));
  }

#if defined(_WIN32)
  struct Handle {
    HANDLE handle;
    explicit operator bool() const { return handle != nullptr && handle != INVALID_HANDLE_VALUE; }
    ~Handle() {
      if (*this) CloseHandle(handle);
    }
  };

  void map(const std::filesystem::path& path) {
    const Handle file{CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                                  FILE_ATTRIBUTE_NORMAL, nullptr)};
    LARGE_INTEGER length{};
    if (!file || !GetFileSizeEx(file.handle, &length)) fail(path, "opened", static_cast<int>(GetLastError()));
    const std::size_t size = checked_size(path, static_cast<std::uintmax_t>(length.QuadPart));
    if (size == 0) return;  // nothing can't be mapped
    const Handle mapping{CreateFileMappingW(file.handle, nullptr, PAGE_READONLY, 0, 0, nullptr)};
    const void* const address = mapping ? MapViewOfFile(mapping.handle, FILE_MAP_READ, 0, 0, 0) : nullptr;
    if (address == nullptr) fail(path, "mapped into memory", static_cast<int>(GetLastError()));
    bytes_ = {static_cast<const std::byte*>(address), size};
  }
  void unmap() {
    if (!bytes_.empty()) UnmapViewOfFile(bytes_.data());
  }
#else
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };

  void map(const std::filesystem::path& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status{};
    if (file.number < 0 || ::fstat(file.number, &status) != 0) fail(path, "opened", errno);
    const std::size_t size = checked_size(path, static_cast<std::uintmax_t>(status.st_size));
    if (size == 0) return;  // nothing can't be mapped
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (address == MAP_FAILED) fail(path, "mapped into memory", errno);
    bytes_ = {static_cast<const std::byte*>(address), size};
  }
  void unmap() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
#endif

  std::span<const std::byte> bytes_;
};

namespace detail {

#if !defined(_WIN32)
/// madvise for all pages that have a part in the bytes. What it returns is of no use: it is advice.
inline void advise(std::span<const std::byte> bytes, int advice) {
  if (bytes.empty()) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)),
             before = reinterpret_cast<std::uintptr_t>(bytes.data()) % page;
  ::madvise(const_cast<std::byte*>(bytes.data()) - before, bytes.size() + before, advice);
}
#endif

/// Begins to read bytes of a MappedFile that will soon be touched, and doesn't wait for them.
inline void read_ahead(std::span<const std::byte> bytes) {
#if !defined(_WIN32)
  // Linux reads no more than this at a time by default, and forgets the rest.
  constexpr std::size_t most = std::size_t{128} << 10;
  for (; !bytes.empty(); bytes = bytes.subspan((std::min)(most, bytes.size())))
    advise(bytes.first((std::min)(most, bytes.size())), MADV_WILLNEED);
#elif defined(_WIN32_WINNT) && _WIN32_WINNT >= 0x0602
  if (bytes.empty()) return;
  WIN32_MEMORY_RANGE_ENTRY range{const_cast<std::byte*>(bytes.data()), bytes.size()};
  PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0);
#endif
}

/// The memory of touched bytes of a MappedFile is no longer this process's. They may be touched again: then they come
/// from the system's cache of files, if nobody else needed the memory, or from the file.
inline void give_back(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
#if defined(_WIN32)
  // Of pages that aren't locked it removes them from the working set.
  VirtualUnlock(const_cast<std::byte*>(bytes.data()), bytes.size());
#else
  advise(bytes, MADV_DONTNEED);
#endif
}

}  // namespace detail

}  // namespace evomlp
