// SPDX-License-Identifier: MIT
// Lists of mapped files, their limit of memory, and files that are not what they seem.
#include "evomlp/data/mapped_shards.hpp"

#include "evomlp/data/load_idx.hpp"
#include "evomlp/data/load_npy.hpp"
#include "evomlp/data/mapped_idx.hpp"
#include "evomlp/data/mapped_npy.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

using evomlp::DataError;
using evomlp::FileError;
using evomlp::Labels;
using evomlp::MappedIdx;
using evomlp::MappedNpy;
using evomlp_test::message_of;
using Paths = std::vector<std::filesystem::path>;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

/// An .npy file of the numbers first, first + 1, …
template <class E = float>
std::string npy(const std::string& shape, std::size_t numbers, int first = 0, const std::string& order = "False") {
  const char kind = std::is_floating_point_v<E> ? 'f' : 'i';
  std::string text = std::string("{'descr': '<") + kind + std::to_string(sizeof(E)) + "', 'fortran_order': " + order +
                     ", 'shape': (" + shape + "), }\n";
  text = std::string("\x93NUMPY\1\0", 8) + static_cast<char>(text.size()) + '\0' + text;
  for (std::size_t i = 0; i < numbers; ++i) {
    const E number = static_cast<E>(first + static_cast<int>(i));
    text.append(reinterpret_cast<const char*>(&number), sizeof(E));
  }
  return text;
}

std::string idx(std::size_t items, std::size_t width, int first) {
  std::string text("\0\0\x08\3\0\0\0\0\0\0\0\1\0\0\0\0", 16);
  text[7] = static_cast<char>(items);
  text[15] = static_cast<char>(width);
  for (std::size_t i = 0; i < items * width; ++i) text += static_cast<char>(first + static_cast<int>(i));
  return text;
}
std::string idx_labels(std::size_t items, int first) {
  std::string text("\0\0\x08\1\0\0\0\0", 8);
  text[7] = static_cast<char>(items);
  for (std::size_t i = 0; i < items; ++i) text += static_cast<char>(first + static_cast<int>(i));
  return text;
}

/// x = 2 row, 2 row + 1 and y = row for the rows given.
template <class Source>
void check_rows(const Source& source, const std::vector<std::size_t>& rows) {
  std::vector<typename Source::value_type> x(2 * rows.size());
  std::vector<typename Source::target_type> y(rows.size());
  source.gather(rows, x.data(), y.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(static_cast<std::size_t>(x[2 * i]) == 2 * rows[i]);
    CHECK(static_cast<std::size_t>(x[2 * i + 1]) == 2 * rows[i] + 1);
    CHECK(static_cast<std::size_t>(y[i]) == rows[i]);
  }
}

std::vector<std::size_t> counted(std::size_t n) {
  std::vector<std::size_t> rows(n);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

struct Files {
  TemporaryFolder folder{};
  std::filesystem::path operator()(const char* name, const std::string& content) const {
    return folder.write(name, bytes(content));
  }
};

}  // namespace

TEST_CASE("the rows of several .npy files, empty ones among them, cut as one likes") {
  const Files file;
  const auto a = file("a", npy("3, 2", 6)), none = file("none", npy("0, 2", 0)), b = file("b", npy("1, 2", 2, 6)),
             c = file("c", npy("4, 2", 8, 8)), y = file("y", npy<std::int16_t>("8", 8)), y0 = file("y0", npy("5", 5)),
             y1 = file("y1", npy("3", 3, 5));
  std::vector<std::size_t> rows = counted(8);
  for (const std::size_t row : {7u, 0u, 3u, 3u, 4u, 2u}) rows.push_back(row);
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20}) {
    const MappedNpy<float> source({a, b, c}, y, {.memory = memory});
    CHECK(source.size() == 8);
    CHECK(source.features() == 2);
    CHECK(source.outputs() == 1);
    check_rows(source, rows);
    check_rows(MappedNpy<float, Labels>({none, a, none, b, c, none}, {y}, {.memory = memory}), rows);
    check_rows(MappedNpy<double>({a, b, none, none, c}, {y0, y1}, {.memory = memory}), rows);
    for (std::size_t first = 0; first < 10; ++first)
      for (const std::size_t count : {0u, 1u, 4u, 8u, 1000u}) source.prefetch(first, count);
    check_rows(source, rows);
    // The column in Fortran's order holds 0, 2, 4 and 1, 3, 5.
    const MappedNpy<float> fortran(file("f", npy("4, 2", 8, 0, "True")), file("fy", npy("4", 4)), {.memory = memory});
    fortran.prefetch(0, 4);
    std::vector<float> x(8), targets(4);
    fortran.gather(counted(4), x.data(), targets.data());
    CHECK(x == std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7});
  }
  // Two plain strings are two files, not a path made of two iterators.
  const std::string first = a.string(), second = (file.folder.path() / "ay").string();
  file("ay", npy("3", 3));
  CHECK(MappedNpy<float>({first.c_str(), first.c_str()}, {second.c_str(), second.c_str()}).size() == 6);
  CHECK(MappedNpy<float>(first.c_str(), second).size() == 3);
  CHECK(MappedNpy<float>(Paths{a}, Paths{second}).size() == 3);

  MappedNpy<float> source({a, b, c}, {y0, y1}, {.memory = 1});
  MappedNpy<float> moved = std::move(source);
  check_rows(moved, rows);
  moved = MappedNpy<float>({a, a}, {second, second});
  CHECK(moved.size() == 6);
  float number = 0;
  CHECK_THROWS_WITH_AS(moved.gather(std::vector<std::size_t>{6}, &number, &number),
                       "MappedNpy::gather: got row 6 (counted from 0), expected less than 6, the number of samples",
                       DataError);
}

TEST_CASE("the items of several IDX files") {
  const Files file;
  const auto a = file("a", idx(3, 2, 0)), none = file("none", idx(0, 2, 0)), b = file("b", idx(5, 2, 6)),
             ya = file("ya", idx_labels(3, 0)), no_label = file("no_label", idx_labels(0, 0)),
             yb = file("yb", idx_labels(5, 3)), y = file("y", idx_labels(8, 0)), wide = file("wide", idx(2, 3, 0));
  for (const std::size_t memory : {0u, 1u}) {
    for (const auto& source : {MappedIdx<double>({a, b}, {ya, yb}, {.memory = memory}),
                               MappedIdx<double>({none, a, none, none, b, none}, y, {.memory = memory}),
                               MappedIdx<double>({a, none, b}, {ya, no_label, yb}, {.memory = memory})}) {
      CHECK(source.size() == 8);
      CHECK(source.features() == 2);
      source.prefetch(2, 100);
      std::vector<double> x(2 * 8);
      std::vector<std::int32_t> labels(8);
      source.gather(counted(8), x.data(), labels.data());
      for (std::size_t i = 0; i < 16; ++i) CHECK(x[i] * 255 == doctest::Approx(static_cast<double>(i)));
      for (std::size_t i = 0; i < 8; ++i) CHECK(labels[i] == static_cast<std::int32_t>(i));
    }
  }
  CHECK(message_of<DataError>([&] { MappedIdx<float>({a, wide}, {ya, yb}); }) ==
        wide.string() + ": holds items of 3 bytes, expected items of 2 bytes as in " + a.string());
  CHECK(message_of<DataError>([&] { MappedIdx<float>({none, none}, no_label); }) ==
        none.string() + " (and 1 more): holds no items: got size 0 at offset 4, expected at least 1");
  CHECK(message_of<DataError>([&] { MappedIdx<float>({a, b}, {yb, ya}); }) ==
        a.string() + " holds 3 images and " + yb.string() + " holds 5 labels, expected as many labels as images");
  CHECK(message_of<FileError>([&] { MappedIdx<float>({a, ya}, y); }) ==
        ya.string() + ": got 1 dimensions at offset 3, expected 2 or more for images (is this the labels file?)");
  CHECK(message_of<DataError>([&] { MappedIdx<float>(Paths{}, y); }) ==
        "MappedIdx: images: got an empty list of files, expected at least one");
}

TEST_CASE("the file that differs is named, with what it has and should have") {
  const Files file;
  const auto a = file("a", npy("3, 2", 6)), y = file("y", npy("3", 3)), three = file("three", npy("2, 3", 6)),
             flat = file("flat", npy("3", 3)), column = file("column", npy("3, 1", 3)),
             twice = file("twice", npy<double>("3, 2", 6)), cube = file("cube", npy("3, 2, 1", 6)),
             none = file("none", npy("0, 2", 0)), no_y = file("no_y", npy("0", 0)),
             whole = file("whole", npy<int>("3, 2", 6));
  const auto refused = [&](const std::filesystem::path& other) {
    return message_of<DataError>([&] { MappedNpy<float>({a, other}, {y, y}); });
  };
  const std::string expected = ", expected rows of shape (2,) and type f4 as in " + a.string();
  CHECK(refused(three) == three.string() + ": holds rows of shape (3,) and type f4" + expected);
  CHECK(refused(flat) == flat.string() + ": holds rows of shape () and type f4" + expected);
  CHECK(refused(column) == column.string() + ": holds rows of shape (1,) and type f4" + expected);
  CHECK(refused(cube) == cube.string() + ": holds rows of shape (2, 1) and type f4" + expected);
  CHECK(refused(twice) == twice.string() + ": holds rows of shape (2,) and type f8" + expected);
  CHECK(refused(whole) == whole.string() + ": holds rows of shape (2,) and type i4" + expected);
  CHECK(message_of<DataError>([&] { MappedNpy<float>({a, a}, {y, column}); }) ==
        column.string() + ": holds rows of shape (1,) and type f4, expected rows of shape () and type f4 as in " +
            y.string());

  CHECK(message_of<DataError>([&] { MappedNpy<float>({a, a}, y); }) ==
        a.string() + " (and 1 more) holds 6 samples and " + y.string() +
            " holds 3 targets, expected as many targets as samples");
  CHECK(message_of<DataError>([&] { MappedNpy<float>({a, none}, {no_y, y}); }) ==
        a.string() + " holds 3 samples and " + no_y.string() + " holds 0 targets, expected as many targets as samples");
  CHECK(message_of<DataError>([&] { MappedNpy<float>({none, none}, no_y); }) ==
        none.string() +
            " (and 1 more): is empty, got 0 samples of 2 features and 1 targets, expected at least one of each");
  CHECK(message_of<DataError>([&] { MappedNpy<float>(a, Paths{}); }) ==
        "MappedNpy: y: got an empty list of files, expected at least one");
  CHECK(message_of<DataError>([&] { MappedNpy<float, Labels>({a}, {y}); }) ==
        y.string() + ": holds floating-point numbers, expected integers for labels");
  const auto missing = file.folder.path() / "missing";
  CHECK(message_of<FileError>([&] { MappedNpy<float>({a, missing}, {y, y}); }) == missing.string() + ": no such file");

  // A number that can't be read is named with its own file and place there.
  const auto large = file("large", npy<double>("2, 2", 4)), ly = file("ly", npy("2", 2));
  std::string content = npy<double>("2, 2", 4);
  const double huge = 1e300;
  content.replace(content.size() - sizeof(double), sizeof(double), reinterpret_cast<const char*>(&huge),
                  sizeof(double));
  const auto beyond = file("beyond", content);
  const MappedNpy<float> source({large, beyond}, {ly, ly});
  std::vector<float> x(2), target(1);
  CHECK_NOTHROW(source.gather(std::vector<std::size_t>{2}, x.data(), target.data()));
  CHECK(message_of<DataError>([&] { source.gather(std::vector<std::size_t>{3}, x.data(), target.data()); }) ==
        beyond.string() + ": element 3 (counted from 0) is too large for float");
}

TEST_CASE("headers that lie about the size, and 2^40 rows that are there") {
  const Files file;
  const auto a = file("a", npy("3, 2", 6)), y = file("y", npy("3", 3)), cut = file("cut", npy("3, 2", 5)),
             longer = file("longer", npy("3, 2", 7)), lie = file("lie", npy("1099511627776, 2", 6)),
             wild = file("wild", npy("4611686018427387904, 4611686018427387904", 6));
  for (const auto& bad : {cut, longer, lie, wild}) {
    const std::string text = message_of<FileError>([&] { MappedNpy<float>({a, bad}, {y, y}); });
    CHECK(text.find(bad.string()) == 0);
    CHECK(text.find("bytes after the header at offset") != std::string::npos);
  }
  std::string items = idx(0, 2, 0);
  items.replace(8, 8, std::string("\xff\xff\xff\xff\xff\xff\xff\xff"));  // 0 x 2^32 x 2^32
  const auto wide = file("wide", items), labels = file("labels", idx_labels(3, 0));
  CHECK(message_of<FileError>([&] { MappedIdx<float>(wide, labels); }).find("is truncated") != std::string::npos);

#if !defined(_WIN32)
  // A sparse file takes no space; but not every file system takes its size, nor every machine's addresses.
  const std::string header = npy<std::int8_t>("1099511627776", 0);
  const auto rows = file("rows", header);
  std::error_code no_room;
  std::filesystem::resize_file(rows, header.size() + (std::uintmax_t{1} << 40), no_room);
  if (no_room) return;
  try {
    const MappedNpy<float, Labels> source({rows, rows}, {rows, rows}, {.memory = std::size_t{1} << 20});
    CHECK(source.size() == std::size_t{1} << 41);
    float x = 1;
    std::int32_t label = 1;
    source.gather(std::vector<std::size_t>{source.size() - 1}, &x, &label);
    CHECK((x == 0 && label == 0));
  } catch (const FileError& error) {
    CHECK(std::string(error.what()).find("rows: can't be mapped into memory: ") != std::string::npos);
  }
#endif
}

#if !defined(_WIN32)
TEST_CASE("a file that is deleted or replaced after it was opened is read as it was") {
  const Files file;
  const auto x = file("x", npy("8, 2", 16)), y = file("y", npy("8", 8));
  const MappedNpy<float> source(x, y, {.memory = 1});
  std::filesystem::remove(x);
  const auto other = file("other", npy("8", 8, 100));
  std::filesystem::rename(other, y);
  check_rows(source, counted(8));
}
#endif
