// SPDX-License-Identifier: MIT
#include "evomlp/io/remember.hpp"

#include "evomlp/core/aligned_buffer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using evomlp::Dtype;
using evomlp::FileError;
using evomlp::MemoryReader;
using evomlp::MemoryWriter;
using evomlp::Remembers;
using evomlp::TensorFile;
using evomlp::TensorFileWriter;

namespace {

using Bytes = std::vector<std::byte>;
using Shape = std::vector<std::size_t>;

enum class Colour : std::uint8_t { red, green = 200 };
enum Plain : int { first, second = -2 };

struct Inner {
  float weight = 0;
  std::string word;
  void remember(auto& memory) {
    memory("weight", weight);
    memory("word", word);
  }
  bool operator==(const Inner&) const = default;
};

struct Everything {
  bool yes = false;
  std::int8_t small = 0;
  int count = 0;
  std::uint64_t seed = 0;
  Colour colour = Colour::red;
  Plain plain = first;
  float single = 0;
  double best = 0;
  std::string text;
  std::vector<double> numbers;
  std::vector<bool> flags;
  std::vector<std::int32_t> labels;
  std::vector<Colour> colours;
  evomlp::AlignedBuffer<float> buffer;
  std::array<double, 3> fixed{};
  std::vector<std::string> words;
  std::vector<std::vector<double>> ragged;
  std::optional<double> maybe, never = 1.0;
  std::optional<std::vector<int>> list;
  std::optional<Inner> other;
  Inner inner;

  void remember(auto& memory) {
    memory("yes", yes);
    memory("small", small);
    memory("count", count);
    memory("seed", seed);
    memory("colour", colour);
    memory("plain", plain);
    memory("single", single);
    memory("best", best);
    memory("text", text);
    memory("numbers", numbers);
    memory("flags", flags);
    memory("labels", labels);
    memory("colours", colours);
    memory("buffer", buffer);
    memory("fixed", std::span(fixed));
    memory("words", words);
    memory("ragged", ragged);
    memory("maybe", maybe);
    memory("never", never);
    memory("list", list);
    memory("other", other);
    memory("inner", inner);
  }
  bool operator==(const Everything&) const = default;
};

struct Forgetful {};

struct Private {
 private:
  void remember(auto&) {}
};

struct Lists {
  std::vector<std::uint64_t> lengths;
  std::vector<double> values;
  void remember(auto& memory) {
    memory("lengths", lengths);
    memory("values", values);
  }
};

struct Patience {
  int bad_epochs = 0;
  void remember(auto& memory) {
    memory("bad_epochs", bad_epochs);
    memory.require(bad_epochs >= 0, "bad_epochs", "0 or more");
  }
};

struct Former {
  int count = 3;
  void remember(auto& memory) { memory("count", count); }
};
struct Later : Former {
  double slope = 7;
  std::string word = "seven";
  void remember(auto& memory) {
    Former::remember(memory);
    memory("slope", slope, 0.5);
    memory("word", word, "none");
  }
};

/// Of each kind one that may be left out.
struct Additions {
  int number = 0;
  std::string text;
  std::vector<int> list;
  std::vector<std::string> words;
  std::vector<std::vector<double>> ragged;
  std::optional<int> some, none = 5;
  Inner inner;

  void remember(auto& memory) {
    memory("number", number, 0);
    memory("text", text, "");
    memory("list", list, {});
    memory("words", words, {});
    memory("ragged", ragged, {});
    memory("some", some, std::nullopt);
    memory("none", none, std::optional(5));
    memory("inner", inner, Inner{});
  }
  bool operator==(const Additions&) const = default;
};

Everything full() {
  return {.yes = true,
          .small = -128,
          .count = (std::numeric_limits<int>::min)(),
          .seed = (std::numeric_limits<std::uint64_t>::max)(),
          .colour = Colour::green,
          .plain = second,
          .single = 0.1f,
          .best = -0.1,
          .text = std::string("a\0b\xff", 4),
          .numbers = {1, 2.5, -3},
          .flags = {true, false, true},
          .labels = {-1, 2, 2147483647},
          .colours = {Colour::green, Colour::red},
          .buffer = {1.5f, -2},
          .fixed = {4, 5, 6},
          .words = {"one", "", "three"},
          .ragged = {{1, 2}, {}, {3}},
          .maybe = 0.25,
          .never = std::nullopt,
          .list = std::vector{7, 8},
          .other = Inner{2, "two"},
          .inner = {3, ""}};
}

template <class V>
Bytes record(const V& value, std::string_view name = "it") {
  TensorFileWriter writer;
  MemoryWriter memory(writer);
  memory(name, value);
  return writer.finish();
}

template <class V>
V restore(const Bytes& bytes, V value = {}, std::string_view name = "it") {
  const TensorFile file(bytes, "file");
  MemoryReader memory(file);
  memory(name, value);
  CHECK(memory.unused().empty());
  return value;
}

template <class V>
V round_trip(const V& value) {
  return restore<V>(record(value));
}

// Reads `into` from what `from` wrote.
template <class V>
void check_refused(const auto& from, V into, const std::string& message) {
  const Bytes bytes = record(from);
  CHECK_THROWS_WITH_AS(restore(bytes, std::move(into)), ("file: key \"it" + message).c_str(), FileError);
}

}  // namespace

TEST_CASE("Everything that a memory takes comes back") {
  const Everything before = full();
  CHECK(round_trip(before) == before);
  CHECK(round_trip(Everything{}) == Everything{});
  // What was there before is gone, whatever its length.
  CHECK(restore(record(before), full()) == before);
  CHECK(restore(record(Everything{}), full()) == Everything{});
}

TEST_CASE("What a memory takes is a type with remember; the rest is no Remembers") {
  static_assert(Remembers<Everything> && Remembers<const Everything> && Remembers<Inner>);
  static_assert(!Remembers<Forgetful> && !Remembers<Private> && !Remembers<double>);
}

TEST_CASE("What only later versions remember: absent where it is what former ones meant") {
  const Later old = restore(record(Former{}), Later{});
  CHECK(old.slope == 0.5);
  CHECK(old.word == "none");
  Later usual;
  usual.slope = 0.5;
  usual.word = "none";
  CHECK(record(usual) == record(Former{}));
  const Later both = restore(record(Later{}), old);
  CHECK(both.slope == 7);
  CHECK(both.word == "seven");
}

TEST_CASE("What only later versions remember comes back, of every kind") {
  const Additions all{1, "a", {2}, {"b", "c"}, {{}, {0.5}}, 3, std::nullopt, {4, "d"}};
  CHECK(round_trip(all) == all);
  CHECK(round_trip(Additions{}) == Additions{});
  CHECK(restore(record(Additions{}), all) == Additions{});
  CHECK(restore(record(all), Additions{}) == all);
  CHECK(record(Additions{}) == TensorFileWriter().finish());

  TensorFileWriter writer;
  MemoryWriter memory(writer);
  int count = 3;
  memory("it", count, 0);
  CHECK(restore<int>(writer.finish()) == 3);
}

TEST_CASE("Names, dtypes and shapes in the file") {
  const Bytes bytes = record(full());
  const TensorFile file(bytes, "file");
  const auto check = [&](std::string_view key, Dtype dtype, const Shape& shape) {
    CAPTURE(key);
    const auto* const entry = file.find(key);
    REQUIRE(entry != nullptr);
    CHECK(entry->dtype == dtype);
    CHECK(entry->shape == shape);
  };
  check("it.yes", Dtype::boolean, {});
  check("it.small", Dtype::i64, {});
  check("it.count", Dtype::i64, {});
  check("it.seed", Dtype::u64, {});
  check("it.colour", Dtype::i64, {});
  check("it.single", Dtype::f32, {});
  check("it.best", Dtype::f64, {});
  check("it.text", Dtype::u8, {4});
  check("it.flags", Dtype::boolean, {3});
  check("it.labels", Dtype::i64, {3});
  check("it.buffer", Dtype::f32, {2});
  check("it.words.lengths", Dtype::u64, {3});
  check("it.words.values", Dtype::u8, {8});
  check("it.ragged.lengths", Dtype::u64, {3});
  check("it.ragged.values", Dtype::f64, {3});
  check("it.maybe.has_value", Dtype::boolean, {});
  check("it.maybe", Dtype::f64, {});
  check("it.never.has_value", Dtype::boolean, {});
  CHECK(file.find("it.never") == nullptr);
  check("it.inner.word", Dtype::u8, {0});
  CHECK(file.entries().size() == 29);
}

TEST_CASE_TEMPLATE("Floating-point numbers keep their bits", T, float, double) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using Limits = std::numeric_limits<T>;
  std::vector<T> numbers{T(0),
                         -T(0),
                         Limits::infinity(),
                         -Limits::infinity(),
                         Limits::denorm_min(),
                         (Limits::max)(),
                         Limits::quiet_NaN(),
                         -Limits::quiet_NaN(),
                         T(1) / 3};
  numbers.push_back(std::bit_cast<T>(std::bit_cast<Bits>(Limits::quiet_NaN()) | 0x1234));
  const auto back = round_trip(numbers);
  REQUIRE(back.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CAPTURE(i);
    CHECK(std::bit_cast<Bits>(back[i]) == std::bit_cast<Bits>(numbers[i]));
    CHECK(std::bit_cast<Bits>(round_trip(numbers[i])) == std::bit_cast<Bits>(numbers[i]));
  }
}

TEST_CASE("A const object is recorded as it is") {
  const Everything constant = full();
  CHECK(restore<Everything>(record(constant)) == constant);
}

TEST_CASE("A MemoryReader refuses a missing key, another dtype and another shape") {
  check_refused(1.0, Inner{}, ".weight\": is missing, expected F32 []");
  check_refused(1.0, 1.0f, "\": got F64 [], expected F32 []");
  check_refused(1.0f, 1, "\": got F32 [], expected I64 []");
  check_refused(1, 1u, "\": got I64 [], expected U64 []");
  check_refused(1, true, "\": got I64 [], expected BOOL []");
  check_refused(std::vector{1.0}, 1.0, "\": got F64 [1], expected F64 []");
  check_refused(1.0, std::vector{1.0}, "\": got F64 [], expected F64 [n]");
  check_refused(std::string("text"), std::vector<std::uint8_t>{}, "\": got U8 [4], expected U64 [n]");
  check_refused(std::vector<bool>{true}, std::string(), "\": got BOOL [1], expected U8 [n]");
  std::array<double, 3> three{1, 2, 3};
  check_refused(std::vector{1.0, 2.0}, std::span(three), "\": got F64 [2], expected F64 [3]");
  CHECK(three == std::array<double, 3>{1, 2, 3});
  check_refused(std::vector{1.0}, std::optional<double>(), ".has_value\": is missing, expected BOOL []");
  check_refused(std::vector{1.0}, std::vector<std::string>(), ".lengths\": is missing, expected U64 [n]");
  // A matrix is no list.
  TensorFileWriter writer;
  writer.add("it", Dtype::f64, Shape{0, 4}, [](Bytes&) {});
  const Bytes matrix = writer.finish();
  CHECK_THROWS_WITH_AS(restore<std::vector<double>>(matrix), "file: key \"it\": got F64 [0, 4], expected F64 [n]",
                       FileError);
}

TEST_CASE("A MemoryReader refuses numbers that the value can't hold") {
  check_refused(std::int64_t{128}, std::int8_t{}, "\": got 128 as element 0, expected a number of 8 bits");
  check_refused(std::int64_t{-129}, std::int8_t{}, "\": got -129 as element 0, expected a number of 8 bits");
  check_refused(std::int64_t{1} << 40, 0, "\": got 1099511627776 as element 0, expected a number of 32 bits");
  check_refused(std::uint64_t{65536}, std::uint16_t{}, "\": got 65536 as element 0, expected a number of 16 bits");
  check_refused(-1, Colour{}, "\": got -1 as element 0, expected a number of 8 bits");
  check_refused(std::vector{0, 256}, std::vector<Colour>{}, "\": got 256 as element 1, expected a number of 8 bits");
  Bytes bytes = record(std::vector<bool>{true, true});
  bytes.back() = std::byte{2};
  CHECK_THROWS_WITH_AS(restore<std::vector<bool>>(bytes), "file: key \"it\": got 2 as element 1, expected 0 or 1",
                       FileError);
}

TEST_CASE("A MemoryReader refuses lengths that don't sum to the values") {
  using Ragged = std::vector<std::vector<double>>;
  CHECK(restore<Ragged>(record(Lists{{1, 0, 1}, {3, 4}})) == Ragged{{3}, {}, {4}});
  CHECK(restore<Ragged>(record(Lists{{}, {}})).empty());
  const std::string message = ".lengths\": is not what sums to the 2 values";
  check_refused(Lists{{1}, {3, 4}}, Ragged{}, message);
  check_refused(Lists{{}, {3, 4}}, Ragged{}, message);
  check_refused(Lists{{1, 2}, {3, 4}}, Ragged{}, message);
  check_refused(Lists{{std::uint64_t{1} << 63, std::uint64_t{1} << 63, 2}, {3, 4}}, Ragged{}, message);
  check_refused(Lists{{~std::uint64_t{0}, 3}, {3, 4}}, Ragged{}, message);
}

TEST_CASE("A type says with require what it can't be") {
  CHECK(round_trip(Patience{3}).bad_epochs == 3);
  check_refused(Patience{-1}, Patience{}, ".bad_epochs\": is not 0 or more");
}

TEST_CASE("A MemoryReader says which keys nobody asked for") {
  const Bytes bytes = record(full());
  const TensorFile file(bytes, "file");
  MemoryReader memory(file);
  CHECK(memory.unused().size() == file.entries().size());
  Everything value;
  memory("it", value);
  CHECK(memory.unused().empty());
  MemoryReader other(file);
  CHECK_THROWS_AS(other("inner", value), FileError);
  CHECK(other.unused().size() == file.entries().size());
  other("it.inner", value.inner);  // the prefix of the failed call is gone
  CHECK(other.find("it.best") != nullptr);
  CHECK(other.find("it.worst") == nullptr);
  CHECK(other.unused().size() == file.entries().size() - 3);
}

TEST_CASE("A MemoryWriter refuses a name used twice") {
  TensorFileWriter writer;
  MemoryWriter memory(writer);
  memory("a", Inner{});
  CHECK_THROWS_WITH_AS(memory("a", Inner{}), "TensorFileWriter: key \"a.weight\": is taken", FileError);
  memory("b", Inner{});
}

TEST_CASE("No flipped bit in a record does harm") {
  const Bytes bytes = record(full());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 3) {
    Bytes changed = bytes;
    changed[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    try {
      Everything value;
      const TensorFile file(changed, "file");
      MemoryReader memory(file);
      memory("it", value);
    } catch (const FileError&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}
