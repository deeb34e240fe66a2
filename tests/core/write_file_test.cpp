// SPDX-License-Identifier: MIT
#include "evomlp/core/write_file.hpp"

#include "evomlp/core/read_file.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using evomlp::FileError;
using evomlp::read_file;
using evomlp::write_file;

namespace {

using Bytes = std::vector<std::byte>;

// Version n of a file: of a length of its own, and n all over.
Bytes version(std::uint32_t n) {
  Bytes bytes(4 * (20'000 + n * 7919 % 50'000));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(n >> 8 * (i % 4) & 255);
  return bytes;
}

// The version that a file is, whole; a failure if it is none.
std::uint32_t version_of(const Bytes& bytes) {
  REQUIRE(bytes.size() >= 4);
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n |= std::to_integer<std::uint32_t>(bytes[i]) << 8 * i;
  REQUIRE(bytes == version(n));
  return n;
}

std::size_t files_in(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

TEST_CASE("write_file makes a file and replaces it, and leaves nothing else") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  for (const std::size_t size : {0u, 1u, 4096u, 1'000'000u, 3u}) {
    const Bytes bytes(size, static_cast<std::byte>(size % 251));
    write_file(path, bytes);
    CHECK(read_file(path) == bytes);
    CHECK(files_in(folder.path()) == 1);
  }
}

TEST_CASE("A file that is replaced keeps its rights") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_file(path, Bytes(3));
  const auto owner_only = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(path, owner_only);
  write_file(path, Bytes(4));
  CHECK(std::filesystem::status(path).permissions() == owner_only);
  CHECK(read_file(path) == Bytes(4));
}

TEST_CASE("write_file takes a name without a folder") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file("file", Bytes(5));
  std::filesystem::current_path(before);
  CHECK(read_file(folder.path() / "file") == Bytes(5));
}

TEST_CASE("write_file says what it can't") {
  const TemporaryFolder folder;
  const auto check = [](const std::filesystem::path& path, const std::string& begins, const std::string& ends) {
    std::string text;
    try {
      write_file(path, Bytes(5));
    } catch (const FileError& error) {
      text = error.what();
    }
    CAPTURE(text);
    CHECK(text.starts_with(path.string() + begins));
    CHECK(text.ends_with(ends));
  };
  check(folder.path(), ": is a directory, expected the name of a file", "");
  check(folder.path() / "none" / "file", ": can't create ", " (5 bytes); what was there before is unchanged");
  CHECK_THROWS_WITH_AS(write_file("", Bytes(5)), "write_file: the path is empty, expected the name of a file",
                       FileError);
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("whether a file could be written is known without writing it") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "later";
  CHECK_NOTHROW(evomlp::detail::require_can_write(path));
  CHECK(files_in(folder.path()) == 0);
  write_file(path, Bytes(5));
  CHECK_NOTHROW(evomlp::detail::require_can_write(path));
  CHECK(read_file(path) == Bytes(5));
  CHECK(files_in(folder.path()) == 1);
  CHECK_THROWS_AS(evomlp::detail::require_can_write(folder.path() / "none" / "later"), FileError);
}

TEST_CASE("write_file leaves what killed processes of the same number left") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const std::string start = "file." + std::to_string(evomlp::detail::process_id());
  folder.write(start + "-0.partial", Bytes(7));
  folder.write(start + "-1.partial", Bytes(8));
  write_file(path, Bytes(5));
  CHECK(read_file(path) == Bytes(5));
  CHECK(read_file(folder.path() / (start + "-0.partial")) == Bytes(7));
  CHECK(files_in(folder.path()) == 3);
}

TEST_CASE("Threads that write one file don't mix") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_file(path, version(0));
  std::vector<std::thread> writers;
  for (std::uint32_t w = 0; w < 3; ++w)
    writers.emplace_back([&path, w] {
      for (std::uint32_t n = 0; n < 20; ++n) write_file(path, version(100 * w + n));
    });
  for (int i = 0; i < 40; ++i) CHECK_NOTHROW(version_of(read_file(path)));
  for (std::thread& writer : writers) writer.join();
  version_of(read_file(path));
  CHECK(files_in(folder.path()) == 1);
}

#if !defined(_WIN32)
#if defined(__linux__)
TEST_CASE("A full disk is noticed") {
  std::FILE* const full = std::fopen("/dev/full", "wb");
  REQUIRE(full != nullptr);
  CHECK(std::fwrite("x", 1, 1, full) == 1);
  CHECK_FALSE(evomlp::detail::flush_to_disk(full));
  std::fclose(full);
}
#endif

TEST_CASE("What a killed process wrote is always a whole file") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  std::uint32_t newest = 0;
  write_file(path, version(newest));
  std::uint64_t state = 1;
  int moved = 0;
  for (int kill_number = 0; kill_number < 50; ++kill_number) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // writes until it is killed
      try {
        for (std::uint32_t n = newest + 1;; ++n) write_file(path, version(n));
      } catch (...) {
        _exit(1);
      }
    }
    state = state * 6364136223846793005u + 1442695040888963407u;
    usleep(static_cast<useconds_t>(500 + (state >> 33) % 15'000));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const std::uint32_t found = version_of(read_file(path));
    REQUIRE(found >= newest);
    if (found > newest) ++moved;
    newest = found;
  }
  CHECK(moved > 0);
}
#endif
