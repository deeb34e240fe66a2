// SPDX-License-Identifier: MIT
#include "evomlp/data/load_npy.hpp"

#include "reference/npy.hpp"
#include "support/bytes.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::FileError;
using evomlp::Labels;
using evomlp::load_npy;
using evomlp::NpyArray;
using evomlp::save_npy;
using evomlp::Tensor;
using evomlp_test::bytes;
using evomlp_test::Bytes;
namespace reference = evomlp_reference;

namespace {

// Version 1.0 with this dictionary and as many zero bytes of elements as asked for.
Bytes npy(const std::string& dictionary, std::size_t elements = 0) {
  Bytes result = bytes(std::string_view("\x93NUMPY\1\0", 8));
  result.push_back(static_cast<std::byte>(dictionary.size() & 255));
  result.push_back(static_cast<std::byte>(dictionary.size() >> 8));
  for (const std::byte b : bytes(dictionary)) result.push_back(b);
  result.resize(result.size() + elements);
  return result;
}

Bytes npy_of_shape(const std::string& shape, std::size_t elements = 0) {
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", elements);
}

template <class T = float>
std::vector<T> numbers(std::string_view file) {
  const Tensor<T> tensor = load_npy<T>(bytes(file));
  return {tensor.begin(), tensor.end()};
}

std::vector<std::int32_t> labels(std::string_view file) {
  const Labels result = load_npy<Labels>(bytes(file));
  return {result.begin(), result.end()};
}

template <class E>
void check(const Bytes& file, const std::string& message) {
  CHECK_THROWS_WITH_AS(load_npy(file), ("load_npy: array in memory: " + message).c_str(), E);
}

}  // namespace

TEST_CASE_TEMPLATE("load_npy reads every element type, byte order and version", T, float, double) {
  const std::vector<T> grid = {T(0), T(0.25), T(0.5), T(0.75), T(1), T(1.25)};
  CHECK(numbers<T>(reference::npy_grid_f4) == grid);
  CHECK(numbers<T>(reference::npy_grid_f8_big) == grid);
  CHECK(numbers<T>(reference::npy_grid_f8_fortran) == grid);
  CHECK(numbers<T>(reference::npy_line_u1) == std::vector<T>{0, 1, 255});
  CHECK(numbers<T>(reference::npy_line_i1) == std::vector<T>{-128, 0, 127});
  CHECK(numbers<T>(reference::npy_line_u2) == std::vector<T>{0, 65535});
  CHECK(numbers<T>(reference::npy_line_i4) == std::vector<T>{T(-2147483648.0), T(2147483647.0)});
  CHECK(numbers<T>(reference::npy_line_u4_big) == std::vector<T>{1, T(4294967295.0)});
  CHECK(numbers<T>(reference::npy_line_i8) == std::vector<T>{3, -1, T(2147483647.0)});
  CHECK(numbers<T>(reference::npy_line_u8) == std::vector<T>{T(1099511627776.0)});
  CHECK(numbers<T>(reference::npy_line_bool) == std::vector<T>{1, 0});
  CHECK(numbers<T>(reference::npy_version_2) == std::vector<T>{1.5});
  CHECK(numbers<T>(reference::npy_version_3) == std::vector<T>{1.5});
}

TEST_CASE("dimensions become rows and columns") {
  static_assert(std::is_same_v<decltype(load_npy(Bytes{})), Tensor<float>>);
  static_assert(std::is_same_v<decltype(load_npy<Labels>(Bytes{})), Labels>);
  const auto grid = load_npy(bytes(reference::npy_grid_f8_fortran));
  CHECK(grid.shape()[0] == 2);
  CHECK(grid.shape()[1] == 3);
  CHECK(grid(1, 0) == 0.75f);
  const auto line = load_npy(bytes(reference::npy_line_u1));
  CHECK(line.shape()[0] == 3);
  CHECK(line.shape()[1] == 1);
  for (const auto file : {reference::npy_cube_i2, reference::npy_cube_i2_fortran}) {
    const auto cube = load_npy(bytes(file));
    REQUIRE(cube.shape()[0] == 2);
    REQUIRE(cube.shape()[1] == 12);
    for (std::size_t i = 0; i < 24; ++i) CHECK(cube.data()[i] == static_cast<float>(i));
  }
  const auto empty = load_npy(bytes(reference::npy_empty));
  CHECK(empty.shape()[0] == 0);
  CHECK(empty.shape()[1] == 3);
}

TEST_CASE("integers become labels") {
  CHECK(labels(reference::npy_line_i8) == std::vector<std::int32_t>{3, -1, 2147483647});
  CHECK(labels(reference::npy_line_bool) == std::vector<std::int32_t>{1, 0});
  CHECK(labels(reference::npy_line_u1) == std::vector<std::int32_t>{0, 1, 255});
  CHECK_THROWS_WITH_AS(labels(reference::npy_line_u8),
                       "load_npy: array in memory: element 0 (counted from 0) is too large for a label", DataError);
  CHECK_THROWS_WITH_AS(labels(reference::npy_line_u4_big),
                       "load_npy: array in memory: element 1 (counted from 0) is too large for a label", DataError);
  CHECK_THROWS_WITH_AS(labels(reference::npy_version_2),
                       "load_npy: array in memory: holds floating-point numbers, expected integers for labels",
                       DataError);
  CHECK_THROWS_WITH_AS(labels(reference::npy_cube_i2),
                       "load_npy: array in memory: holds 12 numbers for each sample, expected one label (shape (n) or "
                       "(n, 1))",
                       DataError);
}

TEST_CASE("a double that float can't hold is refused, NaN and infinity are read") {
  Tensor<double> wide = evomlp::make_matrix<double>(1, 3);
  wide(0, 0) = -std::numeric_limits<double>::infinity();
  wide(0, 1) = std::numeric_limits<double>::quiet_NaN();
  wide(0, 2) = -1e39;
  CHECK_THROWS_WITH_AS(load_npy(NpyArray(wide).file()),
                       "load_npy: array in memory: element 2 (counted from 0) is too large for float", DataError);
  CHECK(load_npy<double>(NpyArray(wide).file())(0, 2) == -1e39);
  wide(0, 2) = 1e-60;
  const auto narrow = load_npy(NpyArray(wide).file());
  CHECK(narrow(0, 0) == -std::numeric_limits<float>::infinity());
  CHECK(narrow(0, 1) != narrow(0, 1));
  CHECK(narrow(0, 2) == 0);
}

TEST_CASE("save_npy writes numpy.save's bytes, and they are read again") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "array.npy";
  const auto grid = load_npy(bytes(reference::npy_grid_f4));
  save_npy(path, grid);
  CHECK(evomlp::read_file(path) == bytes(reference::npy_grid_f4));
  CHECK(load_npy(path) == grid);
  CHECK(load_npy<double>(path.string())(1, 2) == 1.25);

  save_npy(path, load_npy<Labels>(bytes(reference::npy_labels_i4)));
  CHECK(evomlp::read_file(path) == bytes(reference::npy_labels_i4));
  save_npy(path, load_npy(bytes(reference::npy_empty)));
  CHECK(evomlp::read_file(path) == bytes(reference::npy_empty));
  for (std::size_t digits = 1; digits < 30; ++digits) {  // every padding
    const auto file = NpyArray(evomlp::make_matrix<float>(0, std::size_t{1} << (2 * digits))).file().size();
    CHECK(file % 64 == 0);
  }
  CHECK_THROWS_WITH_AS(load_npy(folder.path() / "missing"),
                       ((folder.path() / "missing").string() + ": no such file").c_str(), FileError);
}

TEST_CASE("two files make a dataset") {
  const TemporaryFolder folder;
  const auto x = folder.write("x.npy", bytes(reference::npy_grid_f4));
  const auto y = folder.write("y.npy", bytes(reference::npy_line_bool));
  const Dataset<float> numbers_of = load_npy(x, y);
  CHECK(numbers_of.y.shape()[1] == 1);
  CHECK(numbers_of.y(0, 0) == 1);
  const Dataset<double, Labels> labelled = load_npy<double, Labels>(x, y);
  CHECK(labelled.y(0) == 1);
  CHECK(labelled.features() == 3);
  CHECK(load_npy<float, Labels>(bytes(reference::npy_grid_f4), bytes(reference::npy_line_bool)).size() == 2);

  const auto three = folder.write("three.npy", bytes(reference::npy_labels_i4));
  CHECK_THROWS_WITH_AS(
      (load_npy<float, Labels>(x, three)),
      (x.string() + " holds 2 samples and " + three.string() + " holds 3 targets, expected as many targets as samples")
          .c_str(),
      DataError);
  const auto empty = bytes(reference::npy_empty);
  CHECK_THROWS_WITH_AS(load_npy(empty, empty),
                       "load_npy: x in memory: is empty, got 0 samples of 3 features and 3 targets, expected at least "
                       "one of each",
                       DataError);
}

TEST_CASE("NpyArray keeps type and shape, also when copied") {
  const NpyArray array(bytes(reference::npy_cube_i2_fortran), "cube");
  const NpyArray copy = array;  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(copy.shape() == std::vector<std::size_t>{2, 3, 4});
  CHECK(copy.tensor<double>()(1, 11) == 23);
  CHECK_THROWS_WITH_AS(static_cast<void>(copy.labels()),
                       "cube: holds 12 numbers for each sample, expected one label (shape (n) or (n, 1))", DataError);
  CHECK_THROWS_WITH_AS(NpyArray({}, "nothing"), "nothing: the npy header ends at offset 0, expected 8 bytes",
                       FileError);
}

TEST_CASE("load_npy refuses what is not npy") {
  check<FileError>({}, "the npy header ends at offset 0, expected 8 bytes");
  check<FileError>(bytes("\x89PNG\r\n\x1a\n"), "is not an npy file: offset 0 differs from 93 \"NUMPY\"");
  check<FileError>(bytes("\x93NUMPX"), "is not an npy file: offset 5 differs from 93 \"NUMPY\"");
  check<FileError>(bytes(reference::npy_stored),
                   "is not an npy file: offset 0 differs from 93 \"NUMPY\"; it looks like an npz file: include "
                   "<evomlp/io/npz.hpp> and call load_npz");
  check<FileError>(bytes(std::string_view("\x93NUMPY\4\0\0\0", 10)),
                   "got version 4.0 at offset 6, expected 1.0 to 3.0");
  check<FileError>(bytes(std::string_view("\x93NUMPY\1\1\0\0", 10)),
                   "got version 1.1 at offset 6, expected 1.0 to 3.0");
  check<FileError>(bytes(std::string_view("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14)),
                   "the npy header ends at offset 14, expected 4294967295 bytes from offset 12");
  check<FileError>(bytes(reference::npy_half),
                   "got element type '<f2', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or > at offset 20");
  check<FileError>(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
                   "got element type '|O', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or > (objects are never "
                   "read: they could run any program) at offset 20");
  check<FileError>(bytes(reference::npy_scalar), "holds a single number without dimensions, expected an array");
  check<FileError>(bytes(reference::npy_records),
                   "got records of several fields, expected one element type at offset 20");
}

TEST_CASE("load_npy refuses headers that are no dictionary of the three keys") {
  const std::string descr = "'descr': '<f4'", order = "'fortran_order': False", shape = "'shape': (1, 1)";
  CHECK(load_npy(npy("{" + descr + "," + order + "," + shape + "}", 4)).size() == 1);
  CHECK(load_npy(npy(" {  \"shape\":(1,1,) ," + order + " ,\n" + descr + " , } \n", 4)).size() == 1);
  check<FileError>(npy(""), "the header has no '{' at offset 10");
  check<FileError>(npy("{}"), "the header lacks one of descr, fortran_order and shape at offset 12");
  check<FileError>(npy("{" + descr + "," + order + "}"),
                   "the header lacks one of descr, fortran_order and shape at offset 49");
  check<FileError>(npy("{" + descr + "," + descr + "}"), "got 'descr' twice at offset 34");
  check<FileError>(npy("{'name': 1}"), "got the key 'name', expected descr, fortran_order and shape at offset 18");
  check<FileError>(npy("{'descr"), "the header ends inside a text at offset 12");
  check<FileError>(npy("{descr: 1}"), "the header has no ''' at offset 11");
  check<FileError>(npy("{'descr' '<f4'}"), "the header has no ':' at offset 19");
  check<FileError>(npy("{" + descr + " " + order + "}"), "the header has no ',' at offset 26");
  check<FileError>(npy("{'fortran_order': false}"), "the header has neither True nor False at offset 28");
  check<FileError>(npy("{'shape': 3}"), "the header has no '(' at offset 20");
  check<FileError>(npy("{'shape': (-3,)}"), "the shape has no number at offset 21");
  check<FileError>(npy("{'shape': (3.0,)}"), "the header has no ',' at offset 22");
  check<FileError>(npy("{'shape': (3,,)}"), "the shape has no number at offset 23");
  check<FileError>(npy("{'shape': (18446744073709551616,)}"), "got a size beyond 64 bits at offset 40");
  check<FileError>(npy("{'descr': ''}"),
                   "got element type '', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or > at offset 20");
  check<FileError>(npy("{'descr': '=f4'}"),
                   "got element type '=f4', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or > at offset 20");
  check<FileError>(npy("{'descr': '|f4'}"),
                   "got element type '|f4', expected b1, i1 to i8, u1 to u8, f4 or f8 after < or > at offset 20");
  check<FileError>(npy("{" + descr + "," + order + "," + shape + "} x", 4),
                   "got something after the dictionary at offset 66");
}

TEST_CASE("load_npy compares the announced shape with the bytes that are there") {
  check<FileError>(npy_of_shape("(2, 3)", 23),
                   "is truncated: got 23 bytes after the header at offset 67, expected 2 x 3 elements of 4 bytes");
  check<FileError>(npy_of_shape("(2, 3)", 25),
                   "got 25 bytes after the header at offset 67, expected 2 x 3 elements of 4 bytes and the end of the "
                   "file at offset 91");
  // 2^60 elements, and products that wrap to what is there.
  check<FileError>(npy_of_shape("(1152921504606846976,)", 64),
                   "is truncated: got 64 bytes after the header at offset 83, expected 1152921504606846976 elements of "
                   "4 bytes");
  check<FileError>(npy_of_shape("(4611686018427387904,)", 0),
                   "is truncated: got 0 bytes after the header at offset 83, expected 4611686018427387904 elements of "
                   "4 bytes");
  check<FileError>(npy_of_shape("(4294967296, 4294967296)", 0),
                   "is truncated: got 0 bytes after the header at offset 85, expected 4294967296 x 4294967296 elements "
                   "of 4 bytes");
  check<FileError>(npy_of_shape("(0, 4294967296, 4294967296)", 0),
                   "is truncated: got 0 bytes after the header at offset 88, expected 0 x 4294967296 x 4294967296 "
                   "elements of 4 bytes");
}

TEST_CASE("load_npy refuses every truncation and every longer file") {
  for (const auto text : {reference::npy_grid_f4, reference::npy_cube_i2_fortran, reference::npy_version_3}) {
    const Bytes file = bytes(text);
    for (std::size_t length = 0; length < file.size(); ++length) {
      // A copy of exactly this size, so that a read past the end is a read outside the allocation.
      const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_THROWS_AS(load_npy(cut), FileError);
    }
    Bytes longer = file;
    longer.push_back({});
    CHECK_THROWS_AS(load_npy(longer), FileError);
  }
}

TEST_CASE("load_npy survives every value of every header byte") {
  const Bytes file = bytes(reference::npy_cube_i2_fortran);
  std::size_t accepted = 0;
  for (std::size_t position = 0; position < 80; ++position) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = file;
      changed[position] = static_cast<std::byte>(value);
      try {
        const auto array = load_npy(changed);
        REQUIRE(array.size() == 24);
        ++accepted;
      } catch (const evomlp::Error&) {
      }
    }
  }
  CHECK(accepted >= 80);
}
