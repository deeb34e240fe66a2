// SPDX-License-Identifier: MIT
#include "evomlp/core/path_text.hpp"

#include "evomlp/core/error.hpp"
#include "evomlp/core/read_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using evomlp::detail::path_text;

TEST_CASE("a path in a message is UTF-8, whatever its letters") {
  CHECK(path_text("a b/c.npy") == "a b/c.npy");
  CHECK(path_text("").empty());
  const std::filesystem::path data(u8"\u0434\u0430\u043D\u043D\u044B\u0435/na\u00EFve.npy");
  CHECK(path_text(data) == "\xD0\xB4\xD0\xB0\xD0\xBD\xD0\xBD\xD1\x8B\xD0\xB5/na\xC3\xAFve.npy");
  CHECK_THROWS_WITH_AS(evomlp::read_file(data), (path_text(data) + ": no such file").c_str(), evomlp::FileError);
}
