// SPDX-License-Identifier: MIT
#include "evomlp/data/load_idx.hpp"

#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::FileError;
using evomlp::Labels;
using evomlp::load_idx;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

// A header for these sizes and as many elements as asked for: 0, 1, 2, ...
Bytes idx(std::initializer_list<std::uint32_t> sizes, std::size_t elements) {
  Bytes result = bytes({0, 0, 8, static_cast<int>(sizes.size())});
  for (const std::uint32_t size : sizes) {
    for (const int shift : {24, 16, 8, 0}) result.push_back(static_cast<std::byte>(size >> shift & 255));
  }
  for (std::size_t i = 0; i < elements; ++i) result.push_back(static_cast<std::byte>(i & 255));
  return result;
}

const std::string in_images = "load_idx: images in memory: ";
const std::string in_labels = "load_idx: labels in memory: ";

template <class E>
void check_images(const Bytes& images, const std::string& message) {
  CHECK_THROWS_WITH_AS(load_idx(images, idx({2}, 2)), (in_images + message).c_str(), E);
}

template <class E>
void check_labels(const Bytes& labels, const std::string& message) {
  CHECK_THROWS_WITH_AS(load_idx(idx({2, 3, 2}, 12), labels), (in_labels + message).c_str(), E);
}

}  // namespace

TEST_CASE_TEMPLATE("load_idx flattens images, scales pixels to [0, 1] and reads labels", T, float, double) {
  auto images = idx({2, 3, 2}, 12);
  images.back() = std::byte{255};
  images[16] = std::byte{51};
  const auto dataset = load_idx<T>(images, bytes({0, 0, 8, 1, 0, 0, 0, 2, 9, 255}));
  static_assert(std::is_same_v<decltype(dataset), const Dataset<T, Labels>>);
  REQUIRE(dataset.size() == 2);
  REQUIRE(dataset.features() == 6);
  CHECK(dataset.x(0, 0) == T(51) / T(255));
  CHECK(dataset.x(0, 1) == T(1) / T(255));
  CHECK(dataset.x(1, 0) == T(6) / T(255));
  CHECK(dataset.x(1, 5) == T(1));
  CHECK(dataset.y.shape()[0] == 2);
  CHECK(dataset.y(0) == 9);
  CHECK(dataset.y(1) == 255);
  CHECK_NOTHROW(evomlp::require_valid(dataset, "load_idx"));
}

TEST_CASE("load_idx takes images of two dimensions or more") {
  CHECK(load_idx(idx({3, 5}, 15), idx({3}, 3)).features() == 5);
  CHECK(load_idx(idx({1, 2, 3, 4}, 24), idx({1}, 1)).features() == 24);
  CHECK(load_idx(idx({1, 1}, 1), idx({1}, 1)).size() == 1);
}

TEST_CASE("load_idx reads files and names the one at fault") {
  const TemporaryFolder folder;
  const auto images = folder.write("train-images", idx({2, 3, 2}, 12));
  const auto labels = folder.write("train-labels", idx({2}, 2));
  CHECK(load_idx(images, labels).size() == 2);
  CHECK(load_idx<double>(images.string(), labels.string()).size() == 2);

  const auto missing = folder.path() / "missing";
  CHECK_THROWS_WITH_AS(load_idx(missing, labels), (missing.string() + ": no such file").c_str(), FileError);
  CHECK_THROWS_WITH_AS(load_idx(images, missing), (missing.string() + ": no such file").c_str(), FileError);
  CHECK_THROWS_WITH_AS(load_idx(folder.path(), labels),
                       (folder.path().string() + ": is a directory, expected a file").c_str(), FileError);
  CHECK_THROWS_WITH_AS(load_idx(labels, images),
                       (labels.string() + ": got 1 dimensions at offset 3, expected 2 or more for images (is this the "
                                          "labels file?)")
                           .c_str(),
                       FileError);
  const auto three = folder.write("three-labels", idx({3}, 3));
  CHECK_THROWS_WITH_AS(
      load_idx(images, three),
      (images.string() + " holds 2 images and " + three.string() + " holds 3 labels, expected as many labels as images")
          .c_str(),
      DataError);
}

TEST_CASE("load_idx refuses what is not IDX") {
  check_images<FileError>({}, "the IDX header ends at offset 0, expected 4 bytes");
  check_images<FileError>(bytes({0, 0, 8}), "the IDX header ends at offset 3, expected 4 bytes");
  check_images<FileError>(bytes({0x89, 'P', 'N', 'G'}),
                          "is not an IDX file: got bytes 89 50 at offset 0, expected 00 00");
  check_images<FileError>(bytes({0, 1, 8, 3}), "is not an IDX file: got bytes 00 01 at offset 0, expected 00 00");
  check_images<FileError>(bytes({0, 0, 0x0d, 3}), "got element type 0d at offset 2, expected 08 (unsigned bytes)");
  check_images<FileError>(bytes({0x1f, 0x8b, 8, 0}),
                          "is compressed with gzip; include <evomlp/io/gzip.hpp> and call load_idx_gzip, or decompress "
                          "it first");
  check_images<FileError>(bytes({0, 0, 8, 0}),
                          "got 0 dimensions at offset 3, expected 2 or more for images (is this the labels file?)");
  check_labels<FileError>(idx({2, 1}, 2),
                          "got 2 dimensions at offset 3, expected 1 for labels (is this the images file?)");
  check_images<FileError>(bytes({0, 0, 8, 255, 0, 0}), "the IDX header ends at offset 6, expected 1024 bytes");
}

TEST_CASE("load_idx compares the announced sizes with the bytes that are there") {
  check_images<DataError>(idx({0, 28, 28}, 0), "holds no items: got size 0 at offset 4, expected at least 1");
  check_labels<DataError>(idx({0}, 0), "holds no items: got size 0 at offset 4, expected at least 1");
  check_images<FileError>(idx({2, 3, 0}, 0), "got size 0 at offset 12, expected at least 1");
  check_images<FileError>(idx({2, 3, 2}, 11),
                          "is truncated: got 11 bytes after the header at offset 16, expected 2 x 3 x 2");
  check_labels<FileError>(idx({2}, 0), "is truncated: got 0 bytes after the header at offset 8, expected 2");
  check_images<FileError>(idx({2, 3, 2}, 13),
                          "got 13 bytes after the header at offset 16, expected 2 x 3 x 2 = 12 and the end of the file "
                          "at offset 28");
  check_labels<FileError>(idx({2}, 5),
                          "got 5 bytes after the header at offset 8, expected 2 = 2 and the end of the file at offset "
                          "10");
  // Products that overflow 32 and 64 bits, among them ones that wrap to exactly the bytes that are there.
  check_images<FileError>(idx({65536, 65536}, 0),
                          "is truncated: got 0 bytes after the header at offset 12, expected 65536 x 65536");
  check_images<FileError>(
      idx({4294967295, 4294967295, 4294967295, 4294967295}, 1),
      "is truncated: got 1 bytes after the header at offset 20, expected 4294967295 x 4294967295 x 4294967295 x "
      "4294967295");
  check_images<FileError>(idx({2, 2147483648, 2147483648, 4}, 0),
                          "is truncated: got 0 bytes after the header at offset 20, expected 2 x 2147483648 x "
                          "2147483648 x 4");
  check_images<FileError>(idx({1, 1, 4294967295}, 3),
                          "is truncated: got 3 bytes after the header at offset 16, expected 1 x 1 x 4294967295");
}

TEST_CASE("load_idx refuses every truncation and every longer file") {
  const auto images = idx({2, 3, 2}, 12), labels = idx({2}, 2);
  for (std::size_t length = 0; length < images.size(); ++length) {
    // A copy of exactly this size, so that a read past the end is a read outside the allocation.
    const Bytes cut(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(load_idx(cut, labels), FileError);
  }
  for (std::size_t length = 0; length < labels.size(); ++length) {
    const Bytes cut(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(load_idx(images, cut), FileError);
  }
  for (Bytes longer = images; longer.size() < images.size() + 20;) {
    longer.push_back({});
    CHECK_THROWS_AS(load_idx(longer, labels), FileError);
  }
}

TEST_CASE("load_idx survives every value of every header byte") {
  const auto images = idx({2, 3, 2}, 12), labels = idx({2}, 2);
  std::size_t accepted = 0;
  for (std::size_t position = 0; position < 16; ++position) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = images;
      changed[position] = static_cast<std::byte>(value);
      try {
        const auto dataset = load_idx(changed, labels);
        REQUIRE(dataset.size() == 2);
        REQUIRE(dataset.features() == 6);
        ++accepted;
      } catch (const evomlp::Error&) {
      }
    }
  }
  CHECK(accepted == 16);  // each byte's own value and no other
}
