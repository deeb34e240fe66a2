// SPDX-License-Identifier: MIT
#include "evomlp/io/gzip.hpp"

#include "support/bytes.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using evomlp::FileError;
using evomlp::gunzip;
using evomlp::load_idx_gzip;
using evomlp::read_gzip;
using evomlp_test::bytes;
using evomlp_test::Bytes;

namespace {

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// One gzip member.
Bytes compress(const Bytes& plain, int level = 6) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes result(static_cast<std::size_t>(deflateBound(&z, static_cast<uLong>(plain.size()))));
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  result.resize(static_cast<std::size_t>(z.total_out));
  deflateEnd(&z);
  return result;
}

// Hard to compress, the same everywhere.
Bytes noise(std::size_t size) {
  Bytes result(size);
  std::uint32_t state = 1;
  for (std::byte& value : result) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<std::byte>(state >> 24);
  }
  return result;
}

const Bytes idx_images = bytes(std::string_view("\0\0\x08\x03\0\0\0\2\0\0\0\3\0\0\0\1\0\x33\xff\1\2\3", 22));
const Bytes idx_labels = bytes(std::string_view("\0\0\x08\1\0\0\0\2\7\x9", 10));

}  // namespace

TEST_CASE("gunzip reads what gzip -9 wrote") {
  const Bytes file =
      bytes(std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x73\x2d\xcb\xf7\xf5\x09\xe0\x72\x45\xa1\x00\x48"
                             "\xf1\xa5\x10\x15\x00\x00\x00",
                             29));
  CHECK(gunzip(file, "file") == bytes("EvoMLP\nEvoMLP\nEvoMLP\n"));
}

TEST_CASE("gunzip gives back what was compressed, whatever the size") {
  for (const std::size_t size : {0u, 1u, 100u, 16383u, 16384u, 16385u, 32768u, 300000u}) {
    CAPTURE(size);
    const Bytes plain = noise(size), zeros(size);
    CHECK(gunzip(compress(plain), "file") == plain);
    CHECK(gunzip(compress(plain, 0), "file") == plain);
    CHECK(gunzip(compress(zeros), "file") == zeros);
  }
}

TEST_CASE("gunzip reads all members of a file") {
  const Bytes first = noise(20000), second = bytes("second"), none;
  CHECK(gunzip(compress(first) + compress(second), "file") == first + second);
  CHECK(gunzip(compress(none) + compress(second) + compress(none) + compress(first), "file") == second + first);
}

TEST_CASE("gunzip refuses what is not gzip") {
  CHECK_THROWS_WITH_AS(gunzip({}, "file"), "file: is not compressed with gzip: expected bytes 1f 8b at offset 0 of 0",
                       FileError);
  CHECK_THROWS_WITH_AS(gunzip(bytes("\x1f"), "file"),
                       "file: is not compressed with gzip: expected bytes 1f 8b at offset 0 of 1", FileError);
  CHECK_THROWS_WITH_AS(gunzip(idx_images, "file"),
                       "file: is not compressed with gzip: expected bytes 1f 8b at offset 0 of 22", FileError);
  CHECK_THROWS_WITH_AS(gunzip(bytes("\x1f\x8b\x07xxxxxxxxxx"), "file"),
                       "file: is damaged: unknown compression method at offset 4 of 13", FileError);
}

TEST_CASE("gunzip refuses every truncation") {
  const Bytes one = compress(noise(300)), two = one + compress(bytes("and a second member"));
  for (std::size_t length = 0; length < two.size(); ++length) {
    if (length == one.size()) continue;  // the first member alone is a whole file
    CAPTURE(length);
    const Bytes cut(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(gunzip(cut, "file"), FileError);
  }
  const Bytes cut(one.begin(), one.end() - 1);
  CHECK_THROWS_WITH_AS(gunzip(cut, "file"),
                       ("file: is truncated: the compressed data end at offset " + std::to_string(cut.size()) + " of " +
                        std::to_string(cut.size()))
                           .c_str(),
                       FileError);
  CHECK_THROWS_WITH_AS(gunzip(bytes("\x1f\x8b"), "file"),
                       "file: is truncated: the compressed data end at offset 2 of 2", FileError);
}

TEST_CASE("gunzip verifies checksum and length") {
  const Bytes good = compress(noise(300));
  Bytes bad = good;
  bad[bad.size() - 8] ^= std::byte{1};
  const std::string at_checksum = "file: is damaged: incorrect data check at offset " +
                                  std::to_string(good.size() - 4) + " of " + std::to_string(good.size());
  CHECK_THROWS_WITH_AS(gunzip(bad, "file"), at_checksum.c_str(), FileError);
  bad = good;
  bad[bad.size() - 1] ^= std::byte{1};
  const std::string at_length = "file: is damaged: incorrect length check at offset " + std::to_string(good.size()) +
                                " of " + std::to_string(good.size());
  CHECK_THROWS_WITH_AS(gunzip(bad, "file"), at_length.c_str(), FileError);
}

TEST_CASE("no flipped bit goes unnoticed or does harm") {
  const Bytes plain = noise(60) + bytes("a text, a text, a text, a text");
  const Bytes good = compress(plain);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    CAPTURE(bit);
    try {
      const bool same = gunzip(bad, "file") == plain;
      REQUIRE(same);
      REQUIRE(bit / 8 >= 3);  // flags, time, system: they don't touch the content
      REQUIRE(bit / 8 < 10);
    } catch (const FileError&) {
    }
  }
}

TEST_CASE("gunzip refuses something else behind the gzip data") {
  const Bytes good = compress(bytes("content"));
  const std::string end = std::to_string(good.size());
  CHECK_THROWS_WITH_AS(gunzip(good + bytes("garbage"), "file"),
                       ("file: has 7 bytes of something else after the gzip data at offset " + end + " of " +
                        std::to_string(good.size() + 7))
                           .c_str(),
                       FileError);
  CHECK_THROWS_WITH_AS(gunzip(good + Bytes(1), "file"),
                       ("file: has 1 bytes of something else after the gzip data at offset " + end + " of " +
                        std::to_string(good.size() + 1))
                           .c_str(),
                       FileError);
}

TEST_CASE("gunzip stops at the limit") {
  const Bytes bomb = compress(Bytes(10000000), 9);  // a thousandth of what comes out
  CHECK(bomb.size() < 10000);
  CHECK(gunzip(bomb, "bomb", 10000000).size() == 10000000);
  CHECK_THROWS_AS(gunzip(bomb, "bomb", 9999999), FileError);
  CHECK_THROWS_AS(gunzip(bomb, "bomb", 0), FileError);
  std::string message;
  try {
    gunzip(bomb, "bomb", 100000);
  } catch (const FileError& error) {
    message = error.what();
  }
  CHECK(message.starts_with("bomb: decompresses to more than the limit of 100000 bytes; stopped at offset "));

  const Bytes small = compress(bytes("content"));  // the limit counts all members together
  CHECK(gunzip(small + small, "file", 14).size() == 14);
  CHECK_THROWS_AS(gunzip(small + small, "file", 13), FileError);
  CHECK(gunzip(compress({}), "file", 0).empty());
  CHECK(evomlp::gzip_max_bytes == 1073741824);
}

TEST_CASE("read_gzip reads a file and names it") {
  const TemporaryFolder folder;
  const auto good = folder.write("good.gz", compress(bytes("content")));
  CHECK(read_gzip(good) == bytes("content"));
  CHECK_THROWS_WITH_AS(
      read_gzip(good, 6),
      (good.string() + ": decompresses to more than the limit of 6 bytes; stopped at offset 27 of 27").c_str(),
      FileError);
  const auto plain = folder.write("plain", bytes("content"));
  CHECK_THROWS_WITH_AS(
      read_gzip(plain),
      (plain.string() + ": is not compressed with gzip: expected bytes 1f 8b at offset 0 of 7").c_str(), FileError);
  const auto missing = folder.path() / "missing.gz";
  CHECK_THROWS_WITH_AS(read_gzip(missing), (missing.string() + ": no such file").c_str(), FileError);
}

TEST_CASE("load_idx_gzip takes each file compressed or not") {
  const TemporaryFolder folder;
  const Bytes images_gz = compress(idx_images), labels_gz = compress(idx_labels);
  const auto images = folder.write("images", idx_images), labels = folder.write("labels", idx_labels);
  const auto packed_images = folder.write("images.gz", images_gz), packed_labels = folder.write("labels.gz", labels_gz);
  const auto check = [](const auto& dataset) {
    REQUIRE(dataset.size() == 2);
    REQUIRE(dataset.features() == 3);
    CHECK(dataset.x(0, 1) == doctest::Approx(0.2));
    CHECK(dataset.x(0, 2) == 1);
    CHECK(dataset.y(0) == 7);
    CHECK(dataset.y(1) == 9);
  };
  check(load_idx_gzip(images, labels));
  check(load_idx_gzip(packed_images, labels));
  check(load_idx_gzip<double>(images, packed_labels));
  check(load_idx_gzip(packed_images.string(), packed_labels.string()));
  check(load_idx_gzip(idx_images, idx_labels));
  check(load_idx_gzip<double>(images_gz, labels_gz));
  check(load_idx_gzip(images_gz, idx_labels));

  // Extensions don't matter, and load_idx itself says what to do.
  check(load_idx_gzip(folder.write("looks-plain", images_gz), labels));
  CHECK_THROWS_WITH_AS(evomlp::load_idx(packed_images, labels),
                       (packed_images.string() + ": is compressed with gzip; include <evomlp/io/gzip.hpp> and call "
                                                 "load_idx_gzip, or decompress it first")
                           .c_str(),
                       FileError);

  Bytes damaged = images_gz;
  damaged.resize(damaged.size() - 3);
  const auto cut = folder.write("cut.gz", damaged);
  CHECK_THROWS_WITH_AS(load_idx_gzip(cut, labels),
                       (cut.string() + ": is truncated: the compressed data end at offset " +
                        std::to_string(damaged.size()) + " of " + std::to_string(damaged.size()))
                           .c_str(),
                       FileError);
  const auto foreign = folder.write("foreign.gz", compress(bytes("not IDX")));
  CHECK_THROWS_WITH_AS(load_idx_gzip(foreign, labels),
                       (foreign.string() + ": is not an IDX file: got bytes 6e 6f at offset 0, expected 00 00").c_str(),
                       FileError);
  CHECK_THROWS_WITH_AS(load_idx_gzip(images_gz, bytes("x")),
                       "load_idx_gzip: labels in memory: the IDX header ends at offset 1, expected 4 bytes", FileError);
}
