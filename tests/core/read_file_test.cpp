// SPDX-License-Identifier: MIT
#include "evomlp/core/read_file.hpp"

#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using evomlp::FileError;
using evomlp::read_file;

TEST_CASE("read_file returns every byte") {
  const TemporaryFolder folder;
  std::vector<std::byte> bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<std::byte>(i & 255));  // newlines, ^Z and zeros included
  CHECK(read_file(folder.write("all", bytes)) == bytes);
  CHECK(read_file(folder.write("none", {})).empty());
  CHECK(read_file(folder.write("with space and \xc3\xa4", bytes)).size() == 1000);
}

TEST_CASE("read_file says why it can't") {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "missing";
  CHECK_THROWS_WITH_AS(read_file(missing), (missing.string() + ": no such file").c_str(), FileError);
  CHECK_THROWS_WITH_AS(read_file(""), "read_file: the path is empty, expected the name of a file", FileError);
  CHECK_THROWS_WITH_AS(read_file(folder.path()), (folder.path().string() + ": is a directory, expected a file").c_str(),
                       FileError);
  const auto below_file = folder.write("plain", {}) / "below";
  CHECK_THROWS_AS(read_file(below_file), FileError);
  CHECK_THROWS_AS(read_file(std::string(5000, 'x')), FileError);
  if (std::filesystem::exists("/dev/zero")) {
    CHECK_THROWS_WITH_AS(read_file("/dev/zero"), "/dev/zero: is not a regular file", FileError);
  }

  const auto locked = folder.write("locked", {});
  std::filesystem::permissions(locked, std::filesystem::perms::none);
  if (std::ifstream(locked)) {
    MESSAGE("this user may read everything: a file without permissions is not tested");
  } else {
    CHECK_THROWS_WITH_AS(read_file(locked),
                         (locked.string() + ": can't be opened for reading: Permission denied").c_str(), FileError);
  }
}
