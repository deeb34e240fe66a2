// SPDX-License-Identifier: MIT
// load_npy and load_npz refuse malformed arrays and archives.
#include "evomlp/data/load_npy.hpp"
#include "evomlp/io/npz.hpp"

#include "malformed/malformed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace evomlp;
using namespace evomlp_test;

namespace {

Tensor<float> numbers() {
  auto x = make_matrix<float>(3, 2);
  for (std::size_t i = 0; i < 6; ++i) x.data()[i] = static_cast<float>(i);
  return x;
}

/// In the header of an .npy file, whose length is the number of 2 bytes at 8.
Edit text(std::string_view from, std::string_view to) { return swap_in_header(8, 2, from, to); }

/// Records of a zip archive: the first and the last header of a member, the first entry of the directory, the end.
constexpr std::string_view member = "PK\3\4", entry = "PK\1\2", end = "PK\5\6";

/// A number of `size` bytes, `offset` behind where a record begins.
Edit field(std::string_view record, std::size_t offset, std::uint64_t value, std::size_t size, bool last = false) {
  return [=](Bytes& file) { number(place_of(file, record, last) + offset, value, size)(file); };
}

}  // namespace

TEST_CASE("Malformed .npy files") {
  const auto ones = [](int n) {
    std::string shape = "(3, 2";
    for (int i = 0; i < n; ++i) shape += ", 1";
    return shape + ")";
  };
  const std::vector<Malformed> table{
      {"empty", cut(0), "the npy header ends at offset 0, expected 8 bytes"},
      {"cut in the magic", cut(5), "the npy header ends at offset 5, expected 8 bytes"},
      {"cut in the length", cut(9), "the npy header ends at offset 9, expected 10 bytes"},
      {"cut in the header", cut(100), "the npy header ends at offset 100, expected 118 bytes from offset 10"},
      {"elements cut", lose(1), "is truncated: got 23 bytes after the header at offset 128, expected 3 x 2 elements of 4"},
      {"no elements", lose(24), "is truncated: got 0 bytes"},
      {"a trailing byte", append("x"), "got 25 bytes after the header at offset 128, expected 3 x 2 elements of 4 bytes"},
      {"another format", all("RIFF and so on"), "is not an npy file: offset 0 differs from 93 \"NUMPY\""},
      {"an archive", all("PK\3\4 and so on"), "it looks like an npz file"},
      {"version 0", number(6, 0, 1), "got version 0.0 at offset 6, expected 1.0 to 3.0"},
      {"version 4", number(6, 4, 1), "got version 4.0 at offset 6"},
      {"a header beyond the file", number(8, 65535, 2), "the npy header ends at offset 152, expected 65535 bytes"},
      {"a header of 4 GiB", both(number(6, 2, 1), number(8, ~0u, 4)), "expected 4294967295 bytes from offset 12"},
      {"a header of a megabyte", all("\x93NUMPY\x02" + std::string("\0\0\0\x10\0", 5) + std::string(1 << 20, ' ')),
       "got a header of 1048576 bytes at offset 8, expected at most 65535"},
      {"a shape that overflows", text("(3, 2)", "(4294967296, 4294967296)"), "is truncated: got 24 bytes"},
      {"a shape that wraps to the right size", text("(3, 2)", "(4611686018427387910, 1)"), "is truncated: got 24 bytes"},
      {"a size beyond 64 bits", text("(3, 2)", "(18446744073709551616, 1)"), "got a size beyond 64 bits"},
      {"a negative size", text("(3, 2)", "(-3, -2)"), "the shape has no number"},
      {"nothing of something without end", text("(3, 2)", "(0, 9223372036854775807, 3)"), "is truncated: got 24 bytes"},
      {"a shape of another size", text("(3, 2)", "(3, 3)"), "is truncated: got 24 bytes"},
      {"no dimensions", text("(3, 2)", "()"), "holds a single number without dimensions"},
      {"a thousand dimensions", text("(3, 2)", ones(1000)), "got more than 64 dimensions"},
      {"a shape that never closes", text("(3, 2), }", "(3, 2, }"), "the shape has no number"},
      {"a list inside the shape", text("(3, 2)", "((3, 2))"), "the shape has no number"},
      {"objects, which are programs", text("<f4", "|O"), "objects are never read: they could run any program"},
      {"half precision", text("<f4", "<f2"), "got element type '<f2'"},
      {"records", text("'<f4'", "[('a', '<f4')]"), "got records of several fields"},
      {"an element type without end", text("<f4'", "<f4"), "at offset"},
      {"a key missing", text("'fortran_order': False, ", ""), "lacks one of descr, fortran_order and shape"},
      {"a key twice", text("'shape'", "'descr': '<f4', 'shape'"), "got 'descr' twice"},
      {"an unknown key", text("'shape'", "'order': 1, 'shape'"), "got the key 'order', expected descr"},
      {"neither True nor False", text("False", "Maybe"), "neither True nor False"},
      {"a call", text("(3, 2)", "exit()"), "the header has no '('"},
      {"something behind the dictionary", text("), }", "), } + {}"), "got something after the dictionary"},
      {"a NUL in the header", text("False", std::string_view("False\0", 6)), "the header has no ','"},
  };
  check_refused(detail::npy_bytes(numbers()), table, [](const auto& path) { load_npy<float>(path); });
}

TEST_CASE("Malformed .npz archives") {
  const TemporaryFolder folder;
  save_npz(folder.path() / "valid.npz", {{"x", numbers()}, {"y", numbers()}}, {.compress = false});
  const Bytes valid = read_file(folder.path() / "valid.npz");
  save_npz(folder.path() / "bomb.npz", {{"x", make_matrix<float>(1000, 1000)}});
  const Bytes bomb = read_file(folder.path() / "bomb.npz");

  const std::vector<Malformed> table{
      {"empty", cut(0), "is not a zip archive, or truncated"},
      {"another format", all("RIFF and so on, for more than the length of an end record"), "is not a zip archive"},
      {"the end cut", lose(1), "is not a zip archive, or truncated: has no end record"},
      {"the directory gone", both(cut(300), append(std::string("PK\5\6", 4) + std::string(18, '\0'))),
       "the directory doesn't fill the space before the end record"},
      {"trailing bytes", append("x"), "has no end record"},
      {"bytes before", swap(member, "xPK\3\4"), "the directory doesn't fill the space"},
      {"a directory beyond the file", field(end, 16, 1 << 30, 4), "the directory doesn't fill the space"},
      {"a directory of 0 bytes", field(end, 12, 0, 4), "the directory doesn't fill the space"},
      {"more members than there are", both(field(end, 8, 3, 2), field(end, 10, 3, 2)), "expected a directory entry"},
      {"fewer members than there are", both(field(end, 8, 1, 2), field(end, 10, 1, 2)), "has more than its 1 members"},
      {"one volume of several", field(end, 4, 1, 2), "is one of several volumes"},
      {"zip64", field(end, 10, 0xFFFF, 2), "is a zip64 archive"},
      {"a member of zip64", field(entry, 20, 0xFFFFFFFF, 4), "is a zip64 archive"},
      {"an entry longer than the directory", field(entry, 30, 0xFFFF, 2), "a directory entry goes beyond the directory"},
      {"a name longer than the directory", field(entry, 28, 0xFFFF, 2), "a directory entry goes beyond the directory"},
      {"encrypted", field(entry, 8, 1, 2), "member \"x.npy\" is encrypted"},
      {"an unknown method", field(entry, 10, 14, 2), "is compressed by method 14, expected 0 (stored) or 8 (deflated)"},
      {"a header beyond the file", field(entry, 42, 1 << 30, 4), "member \"x.npy\" has no header"},
      {"a header in the directory", field(entry, 42, 400, 4), "member \"x.npy\" has no header"},
      {"a member larger than the archive", field(entry, 20, 1 << 30, 4), "member \"x.npy\" goes into the directory"},
      {"a member beyond the other", field(entry, 20, 200, 4), "member \"x.npy\" has 200 bytes, expected 152"},
      {"a size that the member has not", field(entry, 24, 1 << 30, 4), "has 152 bytes, expected 1073741824"},
      {"another name in the header", swap("x.npy", "z.npy"), "member \"x.npy\" has another name in its header"},
      {"a name that is no .npy", both(swap("x.npy", "x.txt"), swap("x.npy", "x.txt")), "\"x.txt\" is no .npy file"},
      {"a changed byte", number(180, 255, 1), "member \"x.npy\" is damaged: its checksum is wrong"},
      {"stored called deflated", field(entry, 10, 8, 2), "member \"x.npy\" "},
      {"a member twice", [](Bytes& file) {  // the second entry becomes a copy of the first
         const auto first = file.begin() + static_cast<std::ptrdiff_t>(place_of(file, entry));
         const auto second = file.begin() + static_cast<std::ptrdiff_t>(place_of(file, entry, true));
         std::copy(first, second, second);
       }, "member \"x.npy\" overlaps another"},
      {"one member inside another", [](Bytes& file) {  // x holds y's header and content too
         const std::size_t first = place_of(file, entry), x = place_of(file, member);
         number(first + 20, first - x - 35, 4)(file);
         number(first + 24, first - x - 35, 4)(file);
         number(first + 16, detail::crc_of(std::span(file).subspan(x + 35, first - x - 35)), 4)(file);
       }, "member \"y.npy\" overlaps another"},
      {"no npy inside", [&](Bytes& file) {
         detail::ZipWriter zip("none");
         zip.add("x.npy", bytes("text"), true);
         file = zip.finish();
       }, "member \"x.npy\": is not an npy file"},
  };
  check_refused(valid, table, [](const auto& path) { load_npz(path); });

  const std::vector<Malformed> bombs{
      {"more than the limit", append(""), "member \"x.npy\" decompresses to more than the limit of 100000 bytes"},
      {"more than it says", field(entry, 24, 1000, 4), "member \"x.npy\" decompresses to more than the limit of 1000"},
      {"less than it says", field(entry, 24, 5'000'000, 4), "decompresses to more than the limit of 100000 bytes"},
  };
  std::size_t limit = npz_max_bytes;
  check_refused(bomb, bombs, [&](const auto& path) {
    load_npz(path, limit);
    limit = 100'000;
  });
}
