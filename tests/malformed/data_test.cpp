// SPDX-License-Identifier: MIT
// load_idx, read_gzip and read_csv refuse malformed files.
#include "evomlp/data/csv.hpp"
#include "evomlp/data/load_idx.hpp"
#include "evomlp/io/gzip.hpp"

#include "malformed/malformed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace evomlp;
using namespace evomlp_test;

namespace {

Bytes zeros_deflated(std::size_t size) {
  Bytes file = bytes(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  const Bytes content(size), packed = detail::deflate_raw(content);
  file.insert(file.end(), packed.begin(), packed.end());
  file.resize(file.size() + 8);
  number(file.size() - 8, detail::crc_of(content), 4)(file);
  number(file.size() - 4, size, 4)(file);
  return file;
}

}  // namespace

TEST_CASE("Malformed IDX files") {
  // Two images of 2 by 3.
  const Bytes images = bytes(std::string_view("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03" "abcdefghijkl", 28));
  const TemporaryFolder folder;
  const auto labels = folder.write("labels", bytes(std::string_view("\0\0\x08\x01\0\0\0\x02\x05\x07", 10)));
  const std::vector<Malformed> table{
      {"empty", cut(0), "the IDX header ends at offset 0, expected 4 bytes"},
      {"cut in the header", cut(12), "the IDX header ends at offset 12, expected 16 bytes"},
      {"cut in the pixels", lose(1), "is truncated: got 11 bytes after the header at offset 16, expected 2 x 2 x 3"},
      {"a trailing byte", append("x"), "expected 2 x 2 x 3 = 12 and the end of the file at offset 28"},
      {"another format", all("\x89PNG and so on"), "is not an IDX file: got bytes 89 50 at offset 0"},
      {"compressed", all("\x1f\x8b\x08 and so on"), "is compressed with gzip"},
      {"floating-point pixels", number(2, 0x0D, 1), "got element type 0d at offset 2, expected 08"},
      {"labels where images belong", number(3, 1, 1), "got 1 dimensions at offset 3"},
      {"no dimensions", number(3, 0, 1), "got 0 dimensions at offset 3"},
      {"255 dimensions", number(3, 255, 1), "the IDX header ends at offset 28, expected 1024 bytes"},
      {"4 billion images", number(4, 0xFFFFFFFF, 4), "is truncated: got 12 bytes after the header"},
      {"sizes whose product wraps", both(number(4, 0x80, 4), both(number(8, 0x80, 4), number(12, 0x80, 4))), "is truncated"},
      {"images without rows", number(11, 0, 1), "got size 0 at offset 8, expected at least 1"},
  };
  check_refused(images, table, [&](const auto& path) { load_idx(path, labels); });
}

TEST_CASE("Malformed gzip files") {
  const Bytes valid = zeros_deflated(1000);
  const std::vector<Malformed> table{
      {"empty", cut(0), "is not compressed with gzip: expected bytes 1f 8b at offset 0 of 0"},
      {"a header alone", cut(10), "is truncated: the compressed data end at offset 10 of 10"},
      {"cut in the data", cut(13), "is truncated: the compressed data end"},
      {"cut in the checksum", lose(5), "is truncated: the compressed data end"},
      {"another format", all("text"), "is not compressed with gzip"},
      {"another method", number(2, 7, 1), "is damaged: unknown compression method"},
      {"flags of no meaning", number(3, 0xE0, 1), "is damaged: unknown header flags set"},
      {"a name without end", number(3, 8, 1), "is "},
      {"an extra field beyond the file", both(number(3, 4, 1), number(10, 0xFFFF, 2)), "is truncated"},
      {"a wrong checksum", [](Bytes& file) { number(file.size() - 8, 1, 4)(file); }, "is damaged: incorrect data check"},
      {"a wrong length", [](Bytes& file) { number(file.size() - 4, 1, 4)(file); }, "is damaged: incorrect length check"},
      {"a block of no type", number(10, 7, 1), "is damaged: invalid block type"},
      {"trailing bytes", append("text"), "has 4 bytes of something else after the gzip data"},
      {"half of another member", append("\x1f\x8b\x08"), "is truncated"},
      {"a bomb", [](Bytes& file) { file = zeros_deflated(10'000'000); }, "decompresses to more than the limit of 1000000"},
      {"many members that are a bomb together", [](Bytes& file) {
         file.clear();
         const Bytes part = zeros_deflated(300'000);
         for (int i = 0; i < 4; ++i) file.insert(file.end(), part.begin(), part.end());
       }, "decompresses to more than the limit of 1000000"},
  };
  check_refused(valid, table, [](const auto& path) { read_gzip(path, 1'000'000); });
}

// Run by malformed/in_512_mb alone: elsewhere there may be memory for it.
TEST_CASE("A bomb below the limit, but above the memory there is" * doctest::skip()) {
  const TemporaryFolder folder;
  Bytes bomb;
  const Bytes part = zeros_deflated(1 << 24);
  for (int i = 0; i < 63; ++i) bomb.insert(bomb.end(), part.begin(), part.end());
  const auto path = folder.write("bomb", bomb);
  CHECK(contains(message_of<FileError>([&] { read_gzip(path); }), "decompresses to more than there is memory for: stopped"));
}

TEST_CASE("Malformed CSV files") {
  std::string many_columns = "c0";
  for (int i = 1; i < 200'000; ++i) many_columns += ",c" + std::to_string(i);
  const std::vector<Malformed> table{
      {"empty", cut(0), "is empty, expected a header"},
      {"empty lines alone", all("\n\r\n\n"), "is empty, expected a header"},
      {"UTF-16", all("\xFF\xFE" "a\0"), "is UTF-16, expected UTF-8"},
      {"compressed", all("\x1f\x8b\x08"), "is compressed with gzip"},
      {"bytes that are no UTF-8", swap("2.5", "\xFF"), "line 2, column 2 (\"b\"): is not UTF-8"},
      {"half of a UTF-8 sequence", swap("2.5", "\xE2\x82"), "line 2, column 2 (\"b\"): is not UTF-8"},
      {"a NUL", swap("2.5", std::string_view("2\0" "5", 3)), "line 2, column 2 (\"b\"): holds a NUL byte"},
      {"a NUL in quotes", swap("2.5", std::string_view("\"2\0\"", 4)), "holds a NUL byte; is this a text file?"},
      {"a NUL in a name", swap("b", std::string_view("\0", 1)), "line 1, column 2: holds a NUL byte"},
      {"a lone carriage return", swap("2.5", "2\r5"), "holds a carriage return that no line feed follows"},
      {"a quote that is never closed", swap("2.5", "\"2.5"), "line 2, column 2 (\"b\"): the quote that opens here is never"},
      {"a quote in the middle", swap("2.5", "2\"5"), "a quote in a cell that doesn't begin with one"},
      {"text behind a quote", swap("2.5", "\"2\"5"), "goes on after its closing quote"},
      {"a cell too many", swap("2.5", "2,5"), "line 2, column 3: one cell too many, expected 2 cells"},
      {"a cell too few", swap(",2.5", ""), "line 2, column 1 (\"a\"): the row ends here, after 1 of 2 cells"},
      {"two columns of a name", swap("b", "a"), "line 1, column 2: has the name \"a\" of column 1"},
      {"a row of 200,000 cells", swap("2.5", many_columns), "line 2, column 3: one cell too many"},
      {"200,000 columns, the last called as the first", all(many_columns + ",c0\n1"),
       "line 1, column 200001: has the name \"c0\" of column 1"},
  };
  check_refused(bytes("a,b\n1,2.5\n3,4\n"), table, [](const auto& path) { read_csv(path); });
}
