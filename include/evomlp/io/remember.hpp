// SPDX-License-Identifier: MIT
// What remembers something between steps, to a file and back.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/memory.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/tensor_file.hpp"
#include "evomlp/io/tensor_shape.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evomlp {

/// The memory that writes. Throws FileError if a name is used twice.
class MemoryWriter final : public Memory {
 public:
  explicit MemoryWriter(TensorFileWriter& to) : Memory(false), to_(to) {}

  using Memory::operator();
  /// Of something const too: it is not changed.
  template <class Value>
  void operator()(std::string_view name, const Value& value) {
    Memory::operator()(name, const_cast<Value&>(value));  // `remember` is one function for both directions
  }

 private:
  detail::Numbers exchange(std::string_view name, const detail::Numbers& ours) override {
    const std::size_t size = *ours.size;
    to_.add(key(name), ours.dtype, std::span(&size, ours.is_list ? 1 : 0),
            [&](std::vector<std::byte>& bytes) { bytes.insert(bytes.end(), ours.bytes.begin(), ours.bytes.end()); });
    return ours;
  }
  bool lacks(std::string_view, bool is_otherwise) override { return is_otherwise; }
  void fault(std::string_view, const std::string&) override {}  // what is written is taken to be right

  TensorFileWriter& to_;
};

/// The memory that reads. Throws FileError with the key, what is there and what was expected, if a key is missing, has
/// another dtype or shape, or holds a number that the value can't. What was read before then has changed: read into a
/// copy.
class MemoryReader final : public Memory {
 public:
  explicit MemoryReader(const TensorFile& from) : Memory(true), from_(from), asked_(from.entries().size()) {}

  /// The tensor of that name, which then counts as asked for, or nullptr.
  const TensorEntry* find(std::string_view name) {
    const TensorEntry* const entry = from_.find(key(name));
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
  detail::Numbers exchange(std::string_view name, const detail::Numbers& ours) override {
    const TensorEntry* const entry = find(name);
    const bool fits = entry != nullptr && entry->dtype == ours.dtype &&
                      (ours.is_list ? entry->shape.size() == 1 && (!ours.size || entry->shape[0] == *ours.size)
                                    : entry->shape.empty());
    if (!fits) {
      const auto text = [](Dtype dtype, const std::string& shape) {
        return detail::concat({to_string(dtype), " ", shape});
      };
      const std::string any = ours.is_list ? "[n]" : "[]";
      const std::string expected =
          text(ours.dtype, ours.is_list && ours.size ? detail::concat({"[", *ours.size, "]"}) : any);
      fault(name, entry == nullptr
                      ? detail::concat({"is missing, expected ", expected})
                      : detail::concat({"got ", text(entry->dtype, detail::shape_text<std::size_t>(entry->shape)),
                                        ", expected ", expected}));
    }
    return {entry->dtype, ours.is_list, std::nullopt, entry->bytes};
  }
  /// Types that remember, lists of lists and optionals lie under names within theirs.
  bool lacks(std::string_view name, bool) override {
    return find(name) == nullptr && !from_.has_prefix(key(name) + ".");
  }
  void fault(std::string_view name, const std::string& what) override {
    throw FileError(detail::concat({from_.name(), ": key ", detail::in_quotes(key(name)), ": ", what}));
  }

  const TensorFile& from_;
  std::vector<bool> asked_;
};

}  // namespace evomlp
