// SPDX-License-Identifier: MIT
// What `remember` is given: a name for each value, and numbers as they lie in a file.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/remember_kinds.hpp"
#include "evomlp/io/remembers.hpp"

#include <bit>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace evomlp {

namespace detail {

/// Numbers as they lie in a file. No `size`: a list of any length is meant.
struct Numbers {
  Dtype dtype{};
  bool is_list = false;
  std::optional<std::size_t> size{};
  std::span<const std::byte> bytes{};  // little-endian
};

template <class V>
inline constexpr bool can_be_remembered =
    Remembers<V> || Element<V> || is_text<V> || is_list<V> || is_list_of_lists<V> || is_optional<V>;

}  // namespace detail

/// A MemoryWriter or a MemoryReader (io/remember.hpp); see the concept Remembers. One type for both, and no file in sight:
/// what a type remembers is compiled once, and a program that saves nothing has no code that does.
class Memory {
 public:
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Hands the value over under this name: it is written, or becomes what was. Throws FileError.
  template <class Value>
  void operator()(std::string_view name, Value&& value) {
    using V = std::remove_reference_t<Value>;
    static_assert(!std::is_const_v<V>, "evomlp: a memory was given something const, which can't be read back");
    static_assert(
        detail::can_be_remembered<std::remove_const_t<V>>,
        "evomlp: a memory takes numbers, enums, strings, vectors and spans of them, vectors of vectors, optionals, "
        "and types with `void remember(auto& memory)`");
    if constexpr (std::is_const_v<V>)
      return;  // said already
    else if constexpr (Remembers<V>)
      within(name, [&] { value.remember(*this); });
    else if constexpr (detail::is_optional<V>)
      optional(name, value);
    else if constexpr (detail::is_list_of_lists<V>)
      lists(name, value);
    else if constexpr (detail::Element<V>)
      number(name, value);
    else if constexpr (detail::can_be_remembered<V>)
      list(name, value);
  }

  /// With a default: a value equal to it isn't written, and a file without the name gives it. For what older files don't
  /// have.
  template <class Value>
  void operator()(std::string_view name, Value&& value, const std::remove_cvref_t<Value>& otherwise) {
    if (!lacks(name, value == otherwise))
      (*this)(name, value);
    else if (reads_)
      value = otherwise;
  }

  /// For what a value must be beyond its type: a FileError unless `holds`, when reading.
  void require(bool holds, std::string_view name, std::string_view expected) {
    if (!holds) fault(name, detail::concat({"is not ", expected}));
  }

 protected:
  explicit Memory(bool reads) : reads_(reads) {}
  ~Memory() = default;

  /// "scaler.mean" for "mean" inside of what is called scaler.
  std::string key(std::string_view name) const { return detail::concat({prefix_, name}); }

 private:
  /// Takes our numbers, and gives those that count from now on.
  virtual detail::Numbers exchange(std::string_view name, const detail::Numbers& ours) = 0;
  /// Whether a name that may be left out is.
  virtual bool lacks(std::string_view name, bool is_otherwise) = 0;
  /// A value that can't be right.
  virtual void fault(std::string_view name, const std::string& what) = 0;

  void within(std::string_view name, auto run) {
    const struct Back {
      std::string& text;
      std::size_t length;
      ~Back() { text.resize(length); }
    } back{prefix_, prefix_.size()};
    prefix_.append(name).append(".");
    run();
  }

  template <class E>
  void number(std::string_view name, E& value) {
    using Stored = detail::Stored<E>;
    std::vector<std::byte> bytes;
    if (!reads_) detail::append_little_endian(bytes, Stored::from(value));
    const detail::Numbers now = exchange(name, {Stored::dtype, false, 1, bytes});
    if (reads_) value = element<E>(name, now.bytes, 0);
  }

  template <class V>
  void list(std::string_view name, V& value) {
    using E = detail::ElementOf<V>;
    using Stored = detail::Stored<E>;
    constexpr bool resizable = requires { value.resize(0); };
    constexpr bool as_it_lies =  // a model's numbers, above all
        std::is_same_v<typename Stored::type, E> && std::endian::native == std::endian::little;
    std::vector<std::byte> bytes;
    detail::Numbers ours{Stored::dtype, true, value.size(), {}};
    if (reads_) {
      if (resizable) ours.size.reset();
    } else if constexpr (as_it_lies) {
      ours.bytes = std::as_bytes(std::span<const E>(value.data(), value.size()));
    } else {
      for (const E one : value) detail::append_little_endian(bytes, Stored::from(one));
      ours.bytes = bytes;
    }
    const detail::Numbers now = exchange(name, ours);
    if (!reads_) return;
    if constexpr (resizable) value.resize(now.bytes.size() / sizeof(typename Stored::type));
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = element<E>(name, now.bytes, i);
  }

  template <class E>
  E element(std::string_view name, std::span<const std::byte> bytes, std::size_t i) {
    using Stored = detail::Stored<E>;
    using Number = typename Stored::type;
    const auto number = detail::read_little_endian<Number>(bytes.data() + i * sizeof(Number));
    const E value = Stored::to(number);
    if constexpr (std::is_integral_v<Number>)
      if (Stored::from(value) != number) {
        const std::string expected =
            std::is_same_v<E, bool> ? "0 or 1" : detail::concat({"a number of ", 8 * sizeof(E), " bits"});
        fault(name, detail::concat({"got ", number, " as element ", i, ", expected ", expected}));
      }
    return value;
  }

  template <class V>
  void optional(std::string_view name, V& value) {
    bool has_value = value.has_value();
    (*this)(detail::concat({name, ".has_value"}), has_value);
    if (reads_) {
      if (has_value)
        value.emplace();
      else
        value.reset();
    }
    if (has_value) (*this)(name, *value);
  }

  template <class V>
  void lists(std::string_view name, V& value) {
    std::vector<std::size_t> lengths;
    typename detail::FlatList<V>::type values;
    if (!reads_)
      for (const auto& one : value) {
        lengths.push_back(one.size());
        values.insert(values.end(), one.begin(), one.end());
      }
    (*this)(detail::concat({name, ".lengths"}), lengths);
    (*this)(detail::concat({name, ".values"}), values);
    if (!reads_) return;
    std::size_t rest = values.size();
    bool fits = true;
    for (const std::size_t length : lengths) {
      fits = fits && length <= rest;
      rest -= length;
    }
    if (!fits || rest != 0)
      fault(detail::concat({name, ".lengths"}), detail::concat({"is not what sums to the ", values.size(), " values"}));
    value.clear();
    auto from = values.begin();
    for (const std::size_t length : lengths) {
      const auto past = from + static_cast<std::ptrdiff_t>(length);
      value.emplace_back(from, past);
      from = past;
    }
  }

  bool reads_;
  std::string prefix_;
};

namespace detail {

/// Something that remembers, whatever its type: functions that take it are compiled once, and only where they are called.
class Remembered {
 public:
  template <Remembers V>
  explicit Remembered(V& thing)
      : thing_(&thing), remember_([](void* its, Memory& memory) { static_cast<V*>(its)->remember(memory); }) {}

  void remember(Memory& memory) const { remember_(thing_, memory); }

 private:
  void* thing_;
  void (*remember_)(void* thing, Memory& memory);
};

}  // namespace detail
}  // namespace evomlp
