// SPDX-License-Identifier: MIT
#include "evomlp/data/mapped_file.hpp"
#include "evomlp/data/mapped_idx.hpp"
#include "evomlp/data/mapped_npy.hpp"
#include "evomlp/train/data_source.hpp"
#include "reference/npy.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)
#include <sys/resource.h>
#endif

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using evomlp::DataError;
using evomlp::FileError;
using evomlp::Labels;
using evomlp::MappedFile;
using evomlp::MappedIdx;
using evomlp::MappedNpy;
namespace reference = evomlp_reference;

static_assert(evomlp::DataSource<MappedNpy<float>> && evomlp::DataSource<MappedNpy<double, Labels>>);
static_assert(evomlp::DataSource<MappedIdx<float>> && evomlp::DataSource<MappedIdx<double>>);
static_assert(std::is_nothrow_move_constructible_v<MappedFile> && !std::is_copy_constructible_v<MappedFile>);

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// The same rows, in the same order, as from the dataset in memory.
template <class Source, class Data>
void check_same(const Source& source, const Data& data, const std::vector<std::size_t>& rows) {
  REQUIRE(source.size() == data.size());
  REQUIRE(source.features() == data.features());
  REQUIRE(source.outputs() == data.outputs());
  using T = typename Data::value_type;
  using Target = typename Data::target_type;
  std::vector<T> x(rows.size() * data.features() + 1, T{-1}), expected_x = x;
  std::vector<Target> y(rows.size() * data.outputs() + 1, Target{-1}), expected_y = y;
  source.gather(rows, x.data(), y.data());
  data.gather(rows, expected_x.data(), expected_y.data());
  CHECK(x == expected_x);
  CHECK(y == expected_y);
}

}  // namespace

TEST_CASE("MappedFile shows the bytes, and moves") {
  const TemporaryFolder folder;
  MappedFile file(folder.write("text", bytes("some text")));
  CHECK(file.bytes().size() == 9);
  const std::byte* const address = file.bytes().data();
  MappedFile moved = std::move(file);
  CHECK(moved.bytes().data() == address);
  CHECK(static_cast<char>(moved.bytes()[5]) == 't');
  MappedFile empty(folder.write("empty", {}));
  CHECK(empty.bytes().empty());
  empty = std::move(moved);
  CHECK(empty.bytes().data() == address);

  const auto missing = folder.path() / "missing";
  CHECK_THROWS_WITH_AS(MappedFile{missing}, (missing.string() + ": no such file").c_str(), FileError);
  CHECK_THROWS_WITH_AS(MappedFile{folder.path()},
                       (folder.path().string() + ": is a directory, expected a file").c_str(), FileError);
}

TEST_CASE("MappedNpy gives the batches of load_npy") {
  const TemporaryFolder folder;
  const auto y = folder.write("y.npy", bytes(reference::npy_line_bool));
  const std::string_view arrays[] = {reference::npy_grid_f4, reference::npy_grid_f8_big, reference::npy_grid_f8_fortran,
                                     reference::npy_cube_i2, reference::npy_cube_i2_fortran};
  for (const auto array : arrays) {
    const auto x = folder.write("x.npy", bytes(array));
    check_same(MappedNpy<float>(x, y), evomlp::load_npy(x, y), {1, 0, 1});
    check_same(MappedNpy<double, Labels>(x, y), evomlp::load_npy<double, Labels>(x, y), {0, 1});
    check_same(MappedNpy<float, Labels>(x, y), evomlp::load_npy<float, Labels>(x, y), {});
    check_same(MappedNpy<float>(y, x), evomlp::load_npy(y, x), {1, 1});
  }
  MappedNpy<float> source(folder.path() / "x.npy", y);
  const MappedNpy<float> moved = std::move(source);
  check_same(moved, evomlp::load_npy(folder.path() / "x.npy", y), {1});
  std::vector<float> row(24);
  const std::vector<std::size_t> beyond = {2};
  CHECK_THROWS_WITH_AS(moved.gather(beyond, row.data(), row.data()),
                       "MappedNpy::gather: got row 2 (counted from 0), expected less than 2, the number of samples",
                       DataError);
}

TEST_CASE("MappedNpy refuses what load_npy refuses, when it is made") {
  const TemporaryFolder folder;
  const auto x = folder.write("x.npy", bytes(reference::npy_grid_f4)),
             three = folder.write("three.npy", bytes(reference::npy_labels_i4)),
             empty = folder.write("empty.npy", bytes(reference::npy_empty)), nothing = folder.write("nothing.npy", {}),
             cut = folder.write("cut.npy", bytes(reference::npy_grid_f4.substr(0, 150)));
  CHECK_THROWS_WITH_AS(
      MappedNpy<float>(x, three),
      (x.string() + " holds 2 samples and " + three.string() + " holds 3 targets, expected as many targets as samples")
          .c_str(),
      DataError);
  CHECK_THROWS_AS(MappedNpy<float>(empty, empty), DataError);
  CHECK_THROWS_AS(MappedNpy<float>(nothing, x), FileError);
  CHECK_THROWS_AS(MappedNpy<float>(x, cut), FileError);
  CHECK_THROWS_WITH_AS(
      (MappedNpy<float, Labels>(x, x)),
      (x.string() + ": holds 3 numbers for each sample, expected one label (shape (n) or (n, 1))").c_str(), DataError);
  const auto real = folder.write("real.npy", bytes(reference::npy_version_2));
  CHECK_THROWS_WITH_AS((MappedNpy<float, Labels>(real, real)),
                       (real.string() + ": holds floating-point numbers, expected integers for labels").c_str(),
                       DataError);
  const auto large = folder.write("large.npy", bytes(reference::npy_line_u8));
  const MappedNpy<float, Labels> source(real, large);
  float number = 0;
  std::int32_t label = 0;
  const std::vector<std::size_t> first = {0};
  CHECK_THROWS_WITH_AS(source.gather(first, &number, &label),
                       (large.string() + ": element 0 (counted from 0) is too large for a label").c_str(), DataError);
}

TEST_CASE("MappedIdx gives the batches of load_idx") {
  const TemporaryFolder folder;
  std::string images("\0\0\x08\3\0\0\0\4\0\0\0\2\0\0\0\3", 16);
  for (int i = 0; i < 24; ++i) images += static_cast<char>(i * 11);
  const auto x = folder.write("images", bytes(images)),
             y = folder.write("labels", bytes(std::string_view("\0\0\x08\1\0\0\0\4\7\0\xFF\1", 12))),
             fewer = folder.write("fewer", bytes(std::string_view("\0\0\x08\1\0\0\0\1\7", 9)));
  check_same(MappedIdx<float>(x, y), evomlp::load_idx(x, y), {3, 0, 2, 2});
  check_same(MappedIdx<double>(x, y), evomlp::load_idx<double>(x, y), {1});
  CHECK_THROWS_AS(MappedIdx<float>(y, x), FileError);
  CHECK_THROWS_AS(MappedIdx<float>(x, fewer), DataError);
  std::vector<float> row(6);
  std::int32_t label = 0;
  const std::vector<std::size_t> beyond = {4};
  CHECK_THROWS_WITH_AS(MappedIdx<float>(x, y).gather(beyond, row.data(), &label),
                       "MappedIdx::gather: got row 4 (counted from 0), expected less than 4, the number of samples",
                       DataError);
}

#if !defined(_WIN32)
TEST_CASE("batches of half a gigabyte take little memory") {
  const auto peak_megabytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
    return usage.ru_maxrss / 1000000;
#else
    return usage.ru_maxrss / 1000;
#endif
  };
  const TemporaryFolder folder;
  const std::size_t rows = std::size_t{1} << 20, width = 128;
  const auto sparse = [&](const char* name, std::string shape, std::size_t numbers) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + std::move(shape) + "}\n";
    header = std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header;
    const auto path = folder.write(name, bytes(header));
    std::filesystem::resize_file(path, header.size() + 4 * numbers);  // zeros that take no space
    return path;
  };
  const auto x = sparse("x.npy", "(1048576, 128)", rows * width), y = sparse("y.npy", "(1048576,)", rows);
  const auto before = peak_megabytes();
  const MappedNpy<float> source(x, y);
  CHECK(source.size() == rows);
  CHECK(source.features() == width);
  std::vector<float> batch(64 * width), targets(64);
  for (std::size_t step = 0; step < 10; ++step) {
    std::vector<std::size_t> batch_rows;
    for (std::size_t i = 0; i < 64; ++i) batch_rows.push_back((step * 64 + i) * 2654435761u % rows);
    batch.assign(batch.size(), 1);
    source.gather(batch_rows, batch.data(), targets.data());
    CHECK(batch == std::vector<float>(64 * width));
  }
  CHECK(peak_megabytes() - before < 100);
}
#endif
