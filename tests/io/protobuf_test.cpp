// SPDX-License-Identifier: MIT
#include "evomlp/io/protobuf_reader.hpp"
#include "evomlp/io/protobuf_writer.hpp"
#include "support/bytes.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;
using namespace evomlp_test;
using detail::ProtobufReader;
using detail::ProtobufWriter;

namespace {

const std::string broken = "x.bin: is broken";

// With zeros inside.
template <std::size_t n>
Bytes raw(const char (&text)[n]) {
  return bytes({text, n - 1});
}

// What is said when the first field of these bytes is taken.
std::string fault(const Bytes& content, auto take) {
  return message_of<FileError>([&] {
    ProtobufReader reader(content, broken, "model", 100);
    while (reader.next()) take(reader);
  });
}
std::string fault(const Bytes& content) {
  return fault(content, [](const ProtobufReader&) {});
}

const std::string damaged = broken + ": the model ";

}  // namespace

TEST_CASE("Fields are written as the format says") {
  // The examples of https://protobuf.dev/programming-guides/encoding
  ProtobufWriter writer;
  writer.number(1, 150);
  writer.text(2, "testing");
  writer.message(3, [](ProtobufWriter& inside) { inside.number(1, 150); });
  writer.real(4, 1.0F);
  writer.number(16, std::numeric_limits<std::uint64_t>::max());
  writer.number(5, 0);
  CHECK(writer.finish() == raw("\x08\x96\x01"
                               "\x12\x07testing"
                               "\x1a\x03\x08\x96\x01"
                               "\x25\x00\x00\x80\x3f"
                               "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                               "\x28\x00"));
}

TEST_CASE("Fields are read, and those that nobody asks for skipped") {
  const Bytes content = raw("\x08\x96\x01"
                            "\x12\x07testing"
                            "\x49\x01\x02\x03\x04\x05\x06\x07\x08"
                            "\x1a\x03\x08\x96\x01"
                            "\x25\x00\x00\x80\x3f"
                            "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  ProtobufReader reader(content, broken, "model");
  std::uint64_t number = 0, inside = 0, large = 0;
  std::string text;
  float real = 0;
  while (reader.next()) {
    switch (reader.field()) {
      case 1: number = reader.number(); break;
      case 2: text = reader.text(); break;
      case 3: {
        ProtobufReader message = reader.message("graph");
        REQUIRE(message.next());
        inside = message.number();
        CHECK(!message.next());
        break;
      }
      case 4: real = reader.real(); break;
      case 16: large = reader.number(); break;
      default: CHECK(reader.field() == 9);
    }
  }
  CHECK(number == 150);
  CHECK(text == "testing");
  CHECK(inside == 150);
  CHECK(real == 1.0F);
  CHECK(large == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("Numbers are taken one by one or packed") {
  std::vector<std::uint64_t> numbers;
  const Bytes content = raw("\x08\x03\x0a\x03\x04\x96\x01\x08\x05\x0a\x00");
  ProtobufReader reader(content, broken, "tensor");
  while (reader.next()) reader.numbers([&](std::uint64_t number) { numbers.push_back(number); });
  CHECK(numbers == std::vector<std::uint64_t>{3, 4, 150, 5});

  const Bytes reals = raw("\x0d\x00\x00\x80\x3f\x0a\x08\x00\x00\x00\x40\x00\x00\x40\x40");
  std::size_t size = 0;
  ProtobufReader of_reals(reals, broken, "tensor");
  while (of_reals.next()) size += of_reals.reals(sizeof(float)).size();
  CHECK(size == 12);
}

TEST_CASE("Damaged bytes are named with their offset") {
  CHECK(fault(raw("\x08")) == damaged + "ends inside a number at offset 100");
  CHECK(fault(raw("\x08\x01\x08\x80")) == damaged + "ends inside a number at offset 102");
  CHECK(fault(raw("\x00")) == damaged + "has the field number 0 at offset 100");
  CHECK(fault(raw("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")) ==
        damaged + "has a number of more than 64 bits at offset 100");
  CHECK(fault(raw("\x80\x80\x80\x80\x10\x01")) == damaged + "has the field number 536870912 at offset 100");
  CHECK(fault(raw("\x0b")) == damaged + "has field 1 of the kind 3, which is not read at offset 100");
  CHECK(fault(raw("\x12\x05""abcd")) == damaged + "has 4 bytes, expected 5 for field 2 at offset 100");
  CHECK(fault(raw("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) ==
        damaged + "has 0 bytes, expected 18446744073709551615 for field 2 at offset 100");
  CHECK(fault(raw("\x0d\x01\x02\x03")) == damaged + "has 3 bytes, expected 4 for field 1 at offset 100");
  CHECK(fault(raw("\x09\x01\x02\x03\x04\x05\x06\x07")) == damaged + "has 7 bytes, expected 8 for field 1 at offset 100");
}

TEST_CASE("A field of another kind than asked for is a fault") {
  const auto as_text = [](const ProtobufReader& reader) { reader.text(); };
  CHECK(fault(raw("\x08\x01"), as_text) == damaged + "has field 1 of the kind 0, expected a text at offset 100");
  CHECK(fault(raw("\x0a\x02\xc3\x28"), as_text) == damaged + "has a text that is not UTF-8 in field 1 at offset 100");
  CHECK(fault(raw("\x0a\x00"), [](const ProtobufReader& reader) { reader.number(); }) ==
        damaged + "has field 1 of the kind 2, expected a number at offset 100");
  CHECK(fault(raw("\x08\x00"), [](const ProtobufReader& reader) { reader.real(); }) ==
        damaged + "has field 1 of the kind 0, expected a float at offset 100");
  CHECK(fault(raw("\x08\x00"), [](const ProtobufReader& reader) { reader.bytes(); }) ==
        damaged + "has field 1 of the kind 0, expected bytes at offset 100");
  CHECK(fault(raw("\x08\x00"), [](const ProtobufReader& reader) { reader.message("graph"); }) ==
        damaged + "has field 1 of the kind 0, expected graph at offset 100");
  CHECK(fault(raw("\x0a\x03\x00\x00\x00"), [](const ProtobufReader& reader) { reader.reals(4); }) ==
        damaged + "has 3 bytes of numbers of 4 in field 1 at offset 100");
  CHECK(fault(raw("\x0a\x02\x01\x80"), [](const ProtobufReader& reader) { reader.numbers([](auto) {}); }) ==
        damaged + "ends inside a number at offset 103");
  CHECK(fault(raw("\x0d\x00\x00\x00\x00"), [](const ProtobufReader& reader) { reader.numbers([](auto) {}); }) ==
        damaged + "has field 1 of the kind 5, expected model at offset 100");
}
