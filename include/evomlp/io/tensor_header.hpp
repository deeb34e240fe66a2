// SPDX-License-Identifier: MIT
// The header of a safetensors file: which tensors the text says there are.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/json.hpp"
#include "evomlp/io/quoted.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// The longest header that the format's own reader takes.
inline constexpr std::size_t max_header_bytes = 100'000'000;

struct HeaderEntry {
  std::string key;
  Dtype dtype{};
  std::vector<std::uint64_t> shape{}, range{};
};

/// Receives the events of parse_json and keeps what they say, if it has the format's form. Nothing else may be in it.
class TensorHeader {
 public:
  /// `start` is where the text begins in the file called `name`. Throws FileError.
  template <class = WhereCalled>
  TensorHeader(std::string_view text, const std::string& name, std::size_t start) : name_(name), start_(start) {
    parse_json(text, *this);
  }

  std::vector<HeaderEntry> entries;
  std::vector<std::pair<std::string, std::string>> metadata;

  [[noreturn]] void fault(std::string_view what, std::size_t offset) const {
    throw FileError(
        concat({name_, ": is no safetensors file, or damaged: at offset ", start_ + offset, " the header has ", what}));
  }

  template <class = WhereCalled>
  void begin_object(std::size_t offset) {
    if (place_ == Place::outside) {
      place_ = Place::file;
    } else if (place_ == Place::file && key_ == "__metadata__") {
      if (has_metadata_) fault("\"__metadata__\" twice", offset);
      has_metadata_ = true;
      place_ = Place::metadata;
    } else if (place_ == Place::file) {
      place_ = Place::entry;
      entries.push_back({.key = key_, .dtype = {}});
      seen_ = {};
    } else {
      other("an object", offset);
    }
  }
  template <class = WhereCalled>
  void end_object(std::size_t offset) {
    if (place_ == Place::entry) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (!seen_[i]) fault(concat({"no \"", fields[i], "\" for the key ", in_quotes(key_)}), offset);
      if (entries.back().range.size() != 2)
        fault(concat({entries.back().range.size(), " data_offsets for the key ", in_quotes(key_), ", expected 2"}),
              offset);
    }
    place_ = place_ == Place::file ? Place::outside : Place::file;
  }
  void begin_array(std::size_t offset) {
    if (place_ != Place::entry || field_ == dtype_field) other("a list", offset);
    place_ = Place::list;
  }
  void end_array() { place_ = Place::entry; }

  template <class = WhereCalled>
  void key(std::string_view text, std::size_t offset) {
    if (!is_utf8(text)) fault("a key that is not UTF-8", offset);  // an escaped surrogate
    if (place_ == Place::entry) {
      field_ = 0;
      while (field_ < fields.size() && fields[field_] != text) ++field_;
      if (field_ == fields.size())
        fault(concat({"the field ", in_quotes(text), " for the key ", in_quotes(key_),
                      ", expected dtype, shape and data_offsets"}),
              offset);
      if (seen_[field_]) fault(concat({in_quotes(text), " twice for the key ", in_quotes(key_)}), offset);
      seen_[field_] = true;
    } else if (place_ == Place::metadata) {
      metadata.emplace_back(text, std::string());
    } else {
      key_ = text;
    }
  }
  template <class = WhereCalled>
  void string(std::string_view text, std::size_t offset) {
    if (!is_utf8(text)) fault("a string that is not UTF-8", offset);
    if (place_ == Place::metadata) {
      metadata.back().second = text;
    } else if (place_ == Place::entry && field_ == dtype_field) {
      const auto dtype = dtype_called(text);
      if (!dtype)
        fault(concat({"the dtype ", in_quotes(text), " for the key ", in_quotes(key_), ", which is not known"}),
              offset);
      entries.back().dtype = *dtype;
    } else {
      other("a string", offset);
    }
  }
  template <class = WhereCalled>
  void whole_number(std::uint64_t number, std::size_t offset) {
    if (place_ != Place::list) other("a number", offset);
    (field_ == shape_field ? entries.back().shape : entries.back().range).push_back(number);
  }
  /// A value that nothing here may have.
  [[noreturn]] void other(std::string_view what, std::size_t offset) const {
    std::string_view expected = "an object";
    if (place_ == Place::metadata) expected = "a string";
    if (place_ == Place::entry) expected = field_ == dtype_field ? "a string" : "a list";
    if (place_ == Place::list) expected = "a whole number";
    fault(concat({what, key_.empty() ? "" : " for the key " + in_quotes(key_), ", expected ", expected}), offset);
  }

 private:
  enum class Place { outside, file, metadata, entry, list };
  static constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};
  static constexpr std::size_t dtype_field = 0, shape_field = 1;

  const std::string& name_;
  std::size_t start_;
  Place place_ = Place::outside;
  std::string key_;
  std::size_t field_ = 0;
  std::array<bool, 3> seen_{};
  bool has_metadata_ = false;
};

}  // namespace evomlp::detail
