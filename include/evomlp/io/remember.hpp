// SPDX-License-Identifier: MIT
// What remembers something between steps, to a file and back.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/remember_kinds.hpp"
#include "evomlp/io/remembers.hpp"
#include "evomlp/io/tensor_file.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// The prefix of the keys: "scaler." inside of what is called scaler.
class Prefix {
 public:
  std::string key(std::string_view name) const { return text_ + std::string(name); }

  void within(std::string_view name, auto run) {
    const struct Back {
      std::string& text;
      std::size_t length;
      ~Back() { text.resize(length); }
    } back{text_, text_.size()};
    text_.append(name).append(".");
    run();
  }

 private:
  std::string text_;
};

template <class V>
inline constexpr bool can_be_remembered =
    Remembers<V> || Element<V> || is_text<V> || is_list<V> || is_list_of_lists<V> || is_optional<V>;

template <class V>
constexpr void require_can_be_remembered() {
  static_assert(
      can_be_remembered<V>,
      "evomlp: a memory takes numbers, enums, strings, vectors and spans of them, vectors of vectors, optionals, "
      "and types with `void remember(auto& memory)`");
}

}  // namespace detail

/// The memory that writes. Throws FileError if a name is used twice.
class MemoryWriter {
 public:
  explicit MemoryWriter(TensorFileWriter& to) : to_(to) {}

  template <class Value>
  void operator()(std::string_view name, Value&& value) {
    using V = std::remove_cvref_t<Value>;
    detail::require_can_be_remembered<V>();
    if constexpr (Remembers<V>) {
      // It changes nothing when it is given a MemoryWriter; the const is that of the model or state being saved.
      prefix_.within(name, [&] { const_cast<V&>(value).remember(*this); });
    } else if constexpr (detail::is_optional<V>) {
      (*this)(std::string(name) + ".has_value", value.has_value());
      if (value) (*this)(name, *value);
    } else if constexpr (detail::is_list_of_lists<V>) {
      std::vector<std::size_t> lengths;
      typename detail::FlatList<V>::type values;
      for (const auto& list : value) {
        lengths.push_back(list.size());
        values.insert(values.end(), list.begin(), list.end());
      }
      (*this)(std::string(name) + ".lengths", lengths);
      (*this)(std::string(name) + ".values", values);
    } else if constexpr (detail::Element<V>) {
      add(name, {}, std::span<const V>(&value, 1));
    } else {
      add(name, std::array{value.size()}, detail::elements_of(value));
    }
  }

  /// Writes the value unless it is `otherwise`; what files of former versions don't have is read back as `otherwise`.
  template <class Value>
  void operator()(std::string_view name, Value&& value, const std::remove_cvref_t<Value>& otherwise) {
    if (!(value == otherwise)) (*this)(name, value);
  }

  /// Nothing: what is written is taken to be right.
  void require(bool, std::string_view, std::string_view) {}

 private:
  template <class List>
  void add(std::string_view name, std::span<const std::size_t> shape, const List& elements) {
    using Stored = detail::Stored<detail::ElementOf<List>>;
    to_.add(prefix_.key(name), Stored::dtype, shape, [&](std::vector<std::byte>& bytes) {
      if constexpr (std::is_same_v<typename Stored::type, detail::ElementOf<List>> &&
                    std::endian::native == std::endian::little) {  // a model's numbers: as they lie
        const std::size_t before = bytes.size();
        bytes.resize(before + elements.size() * sizeof(typename Stored::type));
        if (!elements.empty()) std::memcpy(bytes.data() + before, elements.data(), bytes.size() - before);
      } else {
        for (const auto element : elements) detail::append_little_endian(bytes, Stored::from(element));
      }
    });
  }

  TensorFileWriter& to_;
  detail::Prefix prefix_;
};

/// The memory that reads. Throws FileError with the key, what is there and what was expected, if a key is missing, has
/// another dtype or shape, or holds a number that the value can't. What was read before then has changed: read into a
/// copy.
class MemoryReader {
 public:
  explicit MemoryReader(const TensorFile& from) : from_(from), asked_(from.entries().size()) {}

  template <class Value>
  void operator()(std::string_view name, Value&& value) {
    using V = std::remove_cvref_t<Value>;
    detail::require_can_be_remembered<V>();
    if constexpr (Remembers<V>) {
      prefix_.within(name, [&] { value.remember(*this); });
    } else if constexpr (detail::is_optional<V>) {
      bool has_value = false;
      (*this)(std::string(name) + ".has_value", has_value);
      if (has_value)
        (*this)(name, value.emplace());
      else
        value.reset();
    } else if constexpr (detail::is_list_of_lists<V>) {
      restore_lists(name, value);
    } else if constexpr (detail::Element<V>) {
      value = element<V>(name, expect(name, detail::Stored<V>::dtype, false, 1), 0);
    } else {
      constexpr bool resizable = requires { value.resize(0); };
      const TensorEntry& entry = expect(name, detail::Stored<detail::ElementOf<V>>::dtype, true,
                                        resizable ? std::nullopt : std::optional(value.size()));
      if constexpr (resizable) value.resize(entry.shape[0]);
      auto&& elements = detail::elements_of(value);
      read(name, entry, elements);
    }
  }

  /// What MemoryWriter wrote with an `otherwise`.
  template <class Value>
  void operator()(std::string_view name, Value&& value, const std::remove_cvref_t<Value>& otherwise) {
    if (find(name) != nullptr)
      (*this)(name, value);
    else
      value = otherwise;
  }

  /// For what a value must be beyond its type. Throws FileError unless `holds`.
  void require(bool holds, std::string_view name, std::string_view expected) const {
    if (!holds) fail(name, "is not " + std::string(expected));
  }

  /// The tensor of that name, which then counts as asked for, or nullptr.
  const TensorEntry* find(std::string_view name) {
    const TensorEntry* const entry = from_.find(prefix_.key(name));
    if (entry != nullptr) asked_[static_cast<std::size_t>(entry - from_.entries().data())] = true;
    return entry;
  }

  /// The keys of the file that nobody asked for.
  std::vector<std::string> unused() const {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < asked_.size(); ++i)
      if (!asked_[i]) keys.push_back(from_.entries()[i].key);
    return keys;
  }

  const TensorFile& file() const { return from_; }

 private:
  [[noreturn]] void fail(std::string_view name, const std::string& what) const {
    throw FileError(detail::concat({from_.name(), ": key ", detail::in_quotes(prefix_.key(name)), ": ", what}));
  }

  /// The tensor of that name, which must be a single number or a list, of any length without `size`.
  const TensorEntry& expect(std::string_view name, Dtype dtype, bool is_list, std::optional<std::size_t> size) {
    const std::string expected =
        detail::concat({", expected ", to_string(dtype), " ",
                        is_list ? (size ? detail::shape_text<std::size_t>(std::array{*size}) : "[n]") : "[]"});
    const TensorEntry* const entry = find(name);
    if (entry == nullptr) fail(name, "is missing" + expected);
    const bool fits = is_list ? entry->shape.size() == 1 && (!size || entry->shape[0] == *size) : entry->shape.empty();
    if (entry->dtype != dtype || !fits)
      fail(name, detail::concat(
                     {"got ", to_string(entry->dtype), " ", detail::shape_text<std::size_t>(entry->shape), expected}));
    return *entry;
  }

  template <class List>
  void read(std::string_view name, const TensorEntry& entry, List& to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = element<detail::ElementOf<List>>(name, entry, i);
  }

  template <class E>
  E element(std::string_view name, const TensorEntry& entry, std::size_t i) const {
    using Stored = detail::Stored<E>;
    using Number = typename Stored::type;
    const auto number = detail::read_little_endian<Number>(entry.bytes.data() + i * sizeof(Number));
    const E value = Stored::to(number);
    if constexpr (std::is_integral_v<Number>)
      if (Stored::from(value) != number)
        fail(name,
             detail::concat(
                 {"got ", number, " as element ", i, ", expected ",
                  std::is_same_v<E, bool> ? "0 or 1" : detail::concat({"a number of ", 8 * sizeof(E), " bits"})}));
    return value;
  }

  template <class V>
  void restore_lists(std::string_view name, V& value) {
    std::vector<std::size_t> lengths;
    typename detail::FlatList<V>::type values;
    (*this)(std::string(name) + ".lengths", lengths);
    (*this)(std::string(name) + ".values", values);
    std::size_t rest = values.size();
    bool fits = true;
    for (const std::size_t length : lengths) {
      fits = fits && length <= rest;
      rest -= length;
    }
    require(fits && rest == 0, std::string(name) + ".lengths",
            detail::concat({"what sums to the ", values.size(), " values"}));
    value.clear();
    auto from = values.begin();
    for (const std::size_t length : lengths) {
      const auto past = from + static_cast<std::ptrdiff_t>(length);
      value.emplace_back(from, past);
      from = past;
    }
  }

  const TensorFile& from_;
  std::vector<bool> asked_;
  detail::Prefix prefix_;
};

}  // namespace evomlp
