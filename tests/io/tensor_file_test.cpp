// SPDX-License-Identifier: MIT
#include "evomlp/io/tensor_file.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using evomlp::Dtype;
using evomlp::FileError;
using evomlp::TensorFile;
using evomlp::TensorFileWriter;

namespace {

using Bytes = std::vector<std::byte>;
using Shape = std::vector<std::size_t>;

// A file of this header and so many bytes of data: 0, 1, 2, ...
Bytes file_of(std::string_view header, std::size_t data = 0) {
  Bytes bytes;
  evomlp::detail::append_little_endian(bytes, static_cast<std::uint64_t>(header.size()));
  for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
  for (std::size_t i = 0; i < data; ++i) bytes.push_back(static_cast<std::byte>(i & 255));
  return bytes;
}

// The message of the error that the file causes, without the file's name; "" if it causes none.
std::string error_of(const Bytes& bytes) {
  try {
    const TensorFile file(bytes, "file");
  } catch (const FileError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("file: "));
    return text.substr(6);
  }
  return "";
}
std::string error_of(std::string_view header, std::size_t data = 0) { return error_of(file_of(header, data)); }

std::string damaged(std::string_view rest) { return "is no safetensors file, or damaged: " + std::string(rest); }

void check_refused(std::string_view header, std::size_t data, std::string_view message) {
  CAPTURE(header);
  CHECK(error_of(header, data) == message);
}
// The header is refused, at an offset inside it: RapidJSON's versions differ by one.
void check_damaged(std::string_view header, std::string_view message) {
  CAPTURE(header);
  const std::string text = error_of(header, 8), before = damaged("at offset "), after = " the header has ";
  REQUIRE(text.starts_with(before));
  const std::size_t number_ends = text.find(after);
  REQUIRE(number_ends != std::string::npos);
  CHECK(text.substr(number_ends + after.size()) == message);
  const std::size_t offset = std::stoul(text.substr(before.size()));
  CHECK(offset >= 8);
  CHECK(offset <= 8 + header.size());
}

const std::string two = R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                        R"("a":{"dtype":"U8","shape":[],"data_offsets":[8,9]}} )";

}  // namespace

TEST_CASE("A TensorFile has keys, dtypes, shapes, bytes and metadata") {
  const Bytes bytes = file_of(two, 9);
  const TensorFile file(bytes, "file");
  CHECK(file.name() == "file");
  REQUIRE(file.entries().size() == 2);
  CHECK(file.entries()[0].key == "a");
  CHECK(file.entries()[0].dtype == Dtype::u8);
  CHECK(file.entries()[0].shape.empty());
  const auto* const b = file.find("b");
  REQUIRE(b == &file.entries()[1]);
  CHECK(b->dtype == Dtype::f32);
  CHECK(to_string(b->dtype) == "F32");
  CHECK(b->shape == Shape{2, 1});
  CHECK(b->bytes.data() == bytes.data() + 8 + two.size());
  CHECK(b->bytes.size() == 8);
  CHECK(file.find("") == nullptr);
  CHECK(file.find("aa") == nullptr);
  CHECK(file.find("z") == nullptr);
  CHECK(file.metadata("format") == "pt");
  CHECK_FALSE(file.metadata("b").has_value());
  static_assert(!std::is_constructible_v<TensorFile, Bytes, std::string>, "the bytes would be gone");
}

TEST_CASE("A TensorFile may be without tensors, without metadata, with tensors without elements, with all dtypes") {
  for (const std::string_view header : {"{}", " {\n\t}\r ", R"({"__metadata__":{}})"}) {
    const Bytes bytes = file_of(header);
    CHECK(TensorFile(bytes, "file").entries().empty());
  }
  const Bytes none = file_of(R"({"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]},)"
                             R"("b":{"data_offsets":[0,1],"shape":[1,1,1],"dtype":"I8"},)"
                             R"("c":{"dtype":"F64","shape":[0],"data_offsets":[1,1]}})",
                             1);
  const TensorFile file(none, "file");
  CHECK(file.entries().size() == 3);
  CHECK(file.find("a")->bytes.empty());
  const std::array<std::pair<std::string_view, std::size_t>, 13> dtypes{{{"F64", 8},
                                                                         {"F32", 4},
                                                                         {"F16", 2},
                                                                         {"BF16", 2},
                                                                         {"I64", 8},
                                                                         {"I32", 4},
                                                                         {"I16", 2},
                                                                         {"I8", 1},
                                                                         {"U64", 8},
                                                                         {"U32", 4},
                                                                         {"U16", 2},
                                                                         {"U8", 1},
                                                                         {"BOOL", 1}}};
  for (const auto& dtype : dtypes) {
    const std::string_view name = dtype.first;
    const std::size_t size = dtype.second;
    CAPTURE(name);
    const std::string header = R"({"x":{"dtype":")" + std::string(name) + R"(","shape":[3],"data_offsets":[0,)" +
                               std::to_string(3 * size) + "]}}";
    const Bytes bytes = file_of(header, 3 * size);
    CHECK(to_string(TensorFile(bytes, "file").find("x")->dtype) == name);
    CHECK(error_of(header, 3 * size + 1) != "");
  }
}

TEST_CASE("A TensorFile refuses what begins otherwise") {
  CHECK(error_of(Bytes{}) == damaged("got 0 bytes, expected 8 or more"));
  CHECK(error_of(Bytes(7)) == damaged("got 7 bytes, expected 8 or more"));
  Bytes huge(20, std::byte{255});
  CHECK(error_of(huge) == damaged("got a header length of 18446744073709551615 at offset 0, expected at most 12"));
  Bytes one_more = file_of("{}");
  one_more[0] = std::byte{3};
  CHECK(error_of(one_more) == damaged("got a header length of 3 at offset 0, expected at most 2"));
  Bytes long_header(8 + 100'000'001, std::byte{' '});
  const std::uint64_t length = 100'000'001;
  for (std::size_t i = 0; i < 8; ++i) long_header[i] = static_cast<std::byte>(length >> 8 * i & 255);
  CHECK(error_of(long_header) == damaged("got a header length of 100000001 at offset 0, expected at most 100000000"));
}

TEST_CASE("A TensorFile refuses a header that is no JSON") {
  check_damaged("", "a fault in its JSON: The document is empty.");
  CHECK(error_of(R"({"a":x})") == damaged("at offset 13 the header has a fault in its JSON: Invalid value."));
  check_damaged(R"({"a":})", "a fault in its JSON: Invalid value.");
  check_damaged(R"({} x)",
                "a fault in its JSON: The document root must not be followed by "
                "other values.");
  check_damaged(std::string_view("{}\0{}", 5), "a NUL character");
  check_damaged(std::string_view("{}\0", 3), "a NUL character");
  check_damaged("{\"a\xff\":1}", "a fault in its JSON: Invalid encoding in string.");
  check_damaged("{\"\xed\xa0\x80\":1}", "a fault in its JSON: Invalid encoding in string.");
  check_damaged(R"({"\ud800":1})",
                "a fault in its JSON: The surrogate pair in string is "
                "invalid.");
  // RapidJSON's versions after 1.1.0 refuse these themselves.
  CHECK(error_of(R"({"\udc00":1})").starts_with(damaged("at offset ")));
  CHECK(error_of(R"({"__metadata__":{"a":"\udc00"}})").starts_with(damaged("at offset ")));
}

TEST_CASE("A TensorFile refuses JSON of another form") {
  check_damaged("[]", "a list, expected an object");
  check_damaged("17", "a number, expected an object");
  check_damaged("\"x\"", "a string, expected an object");
  check_damaged(R"({"a":[]})", "a list for the key \"a\", expected an object");
  check_damaged(R"({"a":null})", "null for the key \"a\", expected an object");
  check_damaged(R"({"a":{"dtype":4}})", "a number for the key \"a\", expected a string");
  check_damaged(R"({"a":{"dtype":[]}})", "a list for the key \"a\", expected a string");
  check_damaged(R"({"a":{"dtype":"F8"}})", "the dtype \"F8\" for the key \"a\", which is not known");
  check_damaged(R"({"a":{"shape":3}})", "a number for the key \"a\", expected a list");
  check_damaged(R"({"a":{"shape":"3"}})", "a string for the key \"a\", expected a list");
  check_damaged(R"({"a":{"shape":{}}})", "an object for the key \"a\", expected a list");
  check_damaged(R"({"a":{"shape":[[1]]}})", "a list for the key \"a\", expected a whole number");
  check_damaged(R"({"a":{"shape":[-1]}})", "a negative number for the key \"a\", expected a whole number");
  check_damaged(R"({"a":{"shape":[true]}})", "true or false for the key \"a\", expected a whole number");
  for (const std::string_view number : {"1.0", "1e0", "18446744073709551616"})
    CHECK(error_of(R"({"a":{"shape":[)" + std::string(number) + "]}}")
              .ends_with("a fraction or a number too large for the key \"a\", expected a whole number"));
  check_damaged(R"({"a":{}})", "no \"dtype\" for the key \"a\"");
  check_damaged(R"({"a":{"dtype":"F32","shape":[]}})", "no \"data_offsets\" for the key \"a\"");
  check_damaged(R"({"a":{"dtype":"F32","dtype":"F32"}})", "\"dtype\" twice for the key \"a\"");
  check_damaged(R"({"a":{"device":"cuda"}})",
                "the field \"device\" for the key \"a\", expected dtype, shape and "
                "data_offsets");
  check_damaged(R"({"a":{"dtype":"I8","shape":[],"data_offsets":[0]}})",
                "1 data_offsets for the key \"a\", expected 2");
  check_damaged(R"({"a":{"dtype":"I8","shape":[],"data_offsets":[0,1,2]}})",
                "3 data_offsets for the key \"a\", expected 2");
  check_damaged(R"({"__metadata__":{"a":1}})", "a number for the key \"__metadata__\", expected a string");
  check_damaged(R"({"__metadata__":{"a":{}}})", "an object for the key \"__metadata__\", expected a string");
  check_damaged(R"({"__metadata__":{},"__metadata__":{}})", "\"__metadata__\" twice");
}

TEST_CASE("A TensorFile refuses byte ranges that don't fit their shapes or the data") {
  const auto one = [](std::string_view dtype, std::string_view shape, std::string_view offsets) {
    return R"({"a":{"dtype":")" + std::string(dtype) + R"(","shape":)" + std::string(shape) + R"(,"data_offsets":)" +
           std::string(offsets) + "}}";
  };
  CHECK(error_of(one("F32", "[2]", "[0,8]"), 8) == "");
  check_refused(one("F32", "[2]", "[0,8]"), 7,
                "key \"a\": got data_offsets [0, 8], expected a range in the 7 bytes of data");
  check_refused(one("F32", "[2]", "[0,18446744073709551615]"), 8,
                "key \"a\": got data_offsets [0, 18446744073709551615], expected a range in the 8 bytes of data");
  check_refused(one("F32", "[2]", "[8,0]"), 8,
                "key \"a\": got data_offsets [8, 0], expected a range in the 8 bytes of data");
  check_refused(one("F32", "[2]", "[0,8]"), 9, "got 9 bytes of data, expected 8, where the last tensor ends");
  check_refused("{}", 1, "got 1 bytes of data, expected 0, where the last tensor ends");
  check_refused(one("F32", "[3]", "[0,8]"), 8, "key \"a\": got 8 bytes, expected 12 for F32 [3]");
  check_refused(one("F32", "[2,0]", "[0,8]"), 8, "key \"a\": got 8 bytes, expected 0 for F32 [2, 0]");
  // Products that wrap to exactly the bytes that are there.
  check_refused(one("F32", "[4294967296,4294967296]", "[0,0]"), 0,
                "key \"a\": got 0 bytes, expected more than there can be for F32 [4294967296, 4294967296]");
  check_refused(one("F32", "[4611686018427387906]", "[0,8]"), 8,
                "key \"a\": got 8 bytes, expected more than there can be for F32 [4611686018427387906]");
}

TEST_CASE("A TensorFile refuses overlaps, holes and equal keys") {
  const auto both = [](std::string_view first, std::string_view second, std::string_view keys = "ab") {
    return "{\"" + std::string(keys.substr(0, 1)) + R"(":{"dtype":"U8","shape":[2],"data_offsets":)" +
           std::string(first) + "},\"" + std::string(keys.substr(1)) +
           R"(":{"dtype":"U8","shape":[2],"data_offsets":)" + std::string(second) + "}}";
  };
  CHECK(error_of(both("[2,4]", "[0,2]"), 4) == "");
  check_refused(both("[0,2]", "[1,3]"), 3,
                "key \"b\": got data_offsets [1, 3], expected a begin of 2, where other data end");
  check_refused(both("[0,2]", "[0,2]"), 2,
                "key \"b\": got data_offsets [0, 2], expected a begin of 2, where other data end");
  check_refused(both("[0,2]", "[3,5]"), 5,
                "key \"b\": got data_offsets [3, 5], expected a begin of 2, where other data end");
  check_refused(both("[3,5]", "[1,3]"), 5,
                "key \"b\": got data_offsets [1, 3], expected a begin of 0, where other data end");
  check_refused(both("[0,2]", "[2,4]", "aa"), 4, "key \"a\": is there twice");
  check_refused(R"({"__metadata__":{"a":"1","a":"1"}})", 0, "the metadata have the key \"a\" twice");
}

TEST_CASE("Deep nesting and long keys do no harm") {
  const std::string deep(1'000'000, '[');
  check_damaged(deep, "a list, expected an object");
  check_damaged("{\"a\":" + deep, "a list for the key \"a\", expected an object");
  const std::string key(100'000, 'k');
  check_damaged("{\"" + key + "\":1}", "a number for the key \"" + key.substr(0, 200) + "\"..., expected an object");
}

TEST_CASE("A TensorFile refuses every truncation") {
  const Bytes whole = file_of(two, 9);
  REQUIRE(error_of(whole) == "");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    // A copy of exactly this size, so that a read past the end is a read outside the allocation.
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(error_of(cut) != "");
  }
}

TEST_CASE("A TensorFile survives every value of every header byte") {
  const Bytes whole = file_of(two, 9);
  std::size_t accepted = 0;
  for (std::size_t position = 0; position + 9 < whole.size(); ++position) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[position] = static_cast<std::byte>(value);
      if (error_of(changed).empty()) ++accepted;
    }
  }
  CHECK(accepted > whole.size());
  CHECK(accepted < 256 * 40);  // other letters in the two keys and the metadata
}

TEST_CASE("What a TensorFileWriter makes reads back, whatever the keys") {
  using namespace std::string_view_literals;
  TensorFileWriter writer;
  const std::array<std::string_view, 7> keys{"plain.key",
                                             "",
                                             "with \"quotes\" and \\",
                                             "line\nbreak\ttab",
                                             "nul\0inside"sv,
                                             "\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82",
                                             "/\x7f\x1f"};
  writer.metadata("a \"word\"", "a\nvalue");
  writer.metadata("", "");
  for (std::size_t i = 0; i < keys.size(); ++i)
    writer.add(keys[i], Dtype::u8, Shape{i}, [&](Bytes& to) { to.resize(to.size() + i, static_cast<std::byte>(i)); });
  const Bytes bytes = writer.finish();
  const TensorFile file(bytes, "file");
  CHECK(file.metadata("a \"word\"") == "a\nvalue");
  CHECK(file.metadata("") == "");
  REQUIRE(file.entries().size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CAPTURE(i);
    const auto* const entry = file.find(keys[i]);
    REQUIRE(entry != nullptr);
    CHECK(entry->shape == Shape{i});
    REQUIRE(entry->bytes.size() == i);
    if (i > 0) CHECK(entry->bytes.back() == static_cast<std::byte>(i));
  }
}

TEST_CASE("A TensorFileWriter keeps tensors aligned: largest elements first, then by key") {
  TensorFileWriter writer;
  const auto add = [&](std::string_view key, Dtype dtype, std::size_t bytes) {
    writer.add(key, dtype, Shape{3}, [&](Bytes& to) { to.resize(to.size() + bytes, static_cast<std::byte>(key[0])); });
  };
  add("z", Dtype::boolean, 3);
  add("y", Dtype::f32, 12);
  add("c", Dtype::u8, 3);
  add("b", Dtype::f64, 24);
  add("a", Dtype::f32, 12);
  add("x", Dtype::i64, 24);
  const Bytes bytes = writer.finish();
  const TensorFile file(bytes, "file");
  std::size_t at = bytes.size() - 78;
  CHECK(at % 8 == 0);
  for (const char* const key : {"x", "b", "a", "y", "c", "z"}) {
    CAPTURE(key);
    const auto part = file.find(key)->bytes;
    CHECK(part.data() == bytes.data() + at);
    CHECK(part.front() == static_cast<std::byte>(key[0]));
    at += part.size();
  }
}

TEST_CASE("A TensorFileWriter's bytes are the format's") {
  TensorFileWriter writer;
  writer.metadata("format", "pt");
  writer.add("w", Dtype::f32, Shape{1, 2}, [](Bytes& to) {
    evomlp::detail::append_little_endian(to, 1.0f);
    evomlp::detail::append_little_endian(to, -2.0f);
  });
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} )";
  Bytes expected = file_of(header);
  for (const int value : {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}) expected.push_back(static_cast<std::byte>(value));
  CHECK(header.size() % 8 == 0);
  CHECK(writer.finish() == expected);
  CHECK(TensorFileWriter().finish() == file_of("{}      "));
}

TEST_CASE("A TensorFileWriter refuses what a TensorFile would") {
  const auto nothing = [](Bytes&) {};
  TensorFileWriter writer;
  writer.add("a", Dtype::f32, Shape{0}, nothing);
  CHECK_THROWS_WITH_AS(writer.add("a", Dtype::u8, Shape{0}, nothing), "TensorFileWriter: key \"a\": is taken",
                       FileError);
  CHECK_THROWS_WITH_AS(writer.add("__metadata__", Dtype::u8, Shape{0}, nothing),
                       "TensorFileWriter: key \"__metadata__\": is taken", FileError);
  CHECK_THROWS_WITH_AS(writer.add("b", Dtype::u8, Shape{2, 3}, nothing),
                       "TensorFileWriter: key \"b\": got 0 bytes for U8 [2, 3]", FileError);
  writer.metadata("a", "1");
  CHECK_THROWS_WITH_AS(writer.metadata("a", "2"), "TensorFileWriter: key \"a\": is taken", FileError);
  TensorFileWriter other;
  CHECK_THROWS_AS(other.metadata("a", "\xff"), FileError);
  other.add("\xc0\x80", Dtype::u8, Shape{0}, nothing);
  CHECK_THROWS_AS(other.finish(), FileError);
  TensorFileWriter too_long;
  too_long.add(std::string(100'000'000, 'k'), Dtype::u8, Shape{0}, nothing);
  CHECK_THROWS_WITH_AS(too_long.finish(),
                       "TensorFileWriter: got a header of 100000056 bytes, expected at most 100000000", FileError);
}
