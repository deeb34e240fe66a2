// SPDX-License-Identifier: MIT
#include "evomlp/io/npz.hpp"

#include "reference/npy.hpp"
#include "support/bytes.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using evomlp::FileError;
using evomlp::load_npz;
using evomlp::NpyArrays;
using evomlp::save_npz;
using evomlp_test::bytes;
using evomlp_test::Bytes;
namespace reference = evomlp_reference;

namespace {

Bytes changed(std::string_view text, std::size_t offset, std::string_view by) {
  Bytes result = bytes(text);
  for (std::size_t i = 0; i < by.size(); ++i) result[offset + i] = static_cast<std::byte>(by[i]);
  return result;
}

void check(const Bytes& file, const std::string& message) {
  CHECK_THROWS_WITH_AS(load_npz(file), ("load_npz: archive in memory: " + message).c_str(), FileError);
}

// Offsets in npy_stored: the directory's first entry, the end record.
const std::size_t entry = reference::npy_stored.find("PK\1\2"), end = reference::npy_stored.find("PK\5\6");

}  // namespace

TEST_CASE("load_npz reads what savez and savez_compressed wrote") {
  const NpyArrays stored = load_npz(bytes(reference::npy_stored));
  REQUIRE(stored.size() == 2);
  CHECK(stored.at("x").tensor<double>()(1, 2) == 5);
  CHECK(stored.at("y").labels()(0) == 1);
  const NpyArrays compressed = load_npz(bytes(reference::npy_compressed));
  REQUIRE(compressed.size() == 2);
  CHECK(compressed.at("x").shape() == std::vector<std::size_t>{100, 3});
  CHECK(compressed.at("y").labels()(99) == 99);
}

TEST_CASE("what save_npz writes is read again, and the same each time") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "data.npz", again = folder.path() / "again.npz";
  auto x = evomlp::make_matrix<double>(50, 400);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<double>(i % 17) / 3;
  evomlp::Labels y = evomlp::make_labels(50);
  y.fill(3);
  for (const bool compress : {true, false}) {
    save_npz(path, {{"x", x}, {"y", y}, {"n\xC3\xA4me", evomlp::make_matrix<float>(0, 2)}}, {.compress = compress});
    const NpyArrays arrays = load_npz(path);
    CHECK(arrays.size() == 3);
    CHECK(arrays.at("x").tensor<double>() == x);
    CHECK(arrays.at("y").labels() == y);
    CHECK(arrays.at("n\xC3\xA4me").shape() == std::vector<std::size_t>{0, 2});
    save_npz(again, arrays, {.compress = compress});
    CHECK(evomlp::read_file(again) == evomlp::read_file(path));
    CHECK((std::filesystem::file_size(path) < 20000) == compress);
  }
  save_npz(path, {});
  CHECK(load_npz(path).empty());
}

TEST_CASE("load_npz says what it doesn't read") {
  const std::size_t size = reference::npy_stored.size();
  check({}, "is not a zip archive, or truncated: has no end record in its 0 bytes");
  check(bytes(reference::npy_grid_f4), "is not a zip archive, or truncated: has no end record in its 152 bytes");
  CHECK(size == end + 22);
  const auto at = [](std::size_t offset) { return " at offset " + std::to_string(offset); };
  const std::string x = "member \"x.npy\"";
  check(changed(reference::npy_stored, entry + 8, "\1"), x + " is encrypted" + at(entry));
  check(changed(reference::npy_stored, entry + 10, "\x0C"),
        x + " is compressed by method 12, expected 0 (stored) or 8 (deflated)" + at(entry));
  check(changed(reference::npy_stored, entry + 20, "\xFF\xFF\xFF\xFF"),
        "is a zip64 archive, for members of 4 GiB or more, which is not read; save them as .npy files" + at(entry));
  check(changed(reference::npy_stored, end + 16, "\xFF\xFF\xFF\xFF"),
        "is a zip64 archive, for members of 4 GiB or more, which is not read; save them as .npy files" + at(end));
  check(changed(reference::npy_stored, end + 4, "\1"), "is one of several volumes" + at(end));
  check(changed(reference::npy_stored, end + 12, "\1"),
        "the directory doesn't fill the space before the end record" + at(end));
  check(changed(reference::npy_stored, end + 8, std::string_view("\1\0\1\0", 4)),
        "the directory has more than its 1 members" + at(entry + 51));
  check(changed(reference::npy_stored, end + 8, std::string_view("\3\0\3\0", 4)),
        "expected a directory entry" + at(end));
  check(changed(reference::npy_stored, entry + 42, "\1"), x + " has no header at offset 1");
  check(changed(reference::npy_stored, entry + 42, "\xF0\xFF\xFF\xFE"), x + " has no header at offset 4278190064");
  check(changed(reference::npy_stored, entry + 22, "\1"), x + " goes into the directory at offset 0");
  check(changed(reference::npy_stored, 30, "z"), x + " has another name in its header at offset 0");
  check(changed(reference::npy_stored, entry + 24, "\1"), x + " has 152 bytes, expected 1 at offset 55");
  check(changed(reference::npy_stored, entry + 28, "\xFF\xFF"),
        "a directory entry goes beyond the directory" + at(entry));
  check(changed(reference::npy_stored, 200, "z"), x + " is damaged: its checksum is wrong at offset 55");
  Bytes other_name = changed(reference::npy_stored, 34, "x");
  other_name[entry + 50] = std::byte{'x'};
  check(other_name, "member \"x.npx\" is no .npy file");
  Bytes twice = changed(reference::npy_stored, reference::npy_stored.find("y.npy"), "x");
  twice[reference::npy_stored.rfind("y.npy")] = std::byte{'x'};
  check(twice, x + " is there twice" + at(entry + 51));
}

TEST_CASE("load_npz inflates no more than it is told") {
  const Bytes file = bytes(reference::npy_compressed);
  CHECK_NOTHROW(load_npz(file, 128 + 2400 + 128 + 800));
  CHECK_THROWS_WITH_AS(load_npz(file, 128 + 2400 + 128 + 799),
                       doctest::Contains("member \"y.npy\" decompresses to more than the limit of 927 bytes; stopped"),
                       FileError);
  CHECK_THROWS_AS(load_npz(file, 0), FileError);
  CHECK_NOTHROW(load_npz(bytes(reference::npy_stored), 0));  // what is stored is as large as the file
}

TEST_CASE("load_npz survives every truncation and every changed byte") {
  for (const auto text : {reference::npy_stored, reference::npy_compressed}) {
    const Bytes file = bytes(text);
    for (std::size_t length = 0; length < file.size(); ++length) {
      const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_THROWS_AS(load_npz(cut), FileError);
    }
    std::size_t refused = 0;
    for (std::size_t i = 0; i < file.size(); ++i) {
      for (const int flip : {1, 4, 16, 64, 128, 255}) {
        Bytes other = file;
        other[i] ^= static_cast<std::byte>(flip);
        try {
          load_npz(other);
        } catch (const evomlp::Error&) {
          ++refused;
        }
      }
    }
    CHECK(refused > file.size() * 4);
  }
}
