// SPDX-License-Identifier: MIT
// The safetensors format: named tensors and a few words about them. https://github.com/huggingface/safetensors
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/utf8.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/io/quoted.hpp"
#include "evomlp/io/tensor_header.hpp"
#include "evomlp/io/tensor_shape.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evomlp {

namespace detail {

/// Each at most once.
using Keys = std::set<std::string, std::less<>>;

}  // namespace detail

/// One tensor of a TensorFile. `bytes` is a part of the file, row-major, little-endian and not always aligned.
struct TensorEntry {
  std::string key;
  Dtype dtype{};
  std::vector<std::size_t> shape{};
  std::span<const std::byte> bytes{};
};

/// A safetensors file in memory, as strict as the format's own reader and with each key once: the header is JSON of the
/// format's form, dtypes are known, shapes fit their byte ranges, and the ranges cover the data without overlap or
/// hole. The bytes must outlive it.
///
///     const auto bytes = read_file("circles.safetensors");
///     const TensorFile file(bytes, "circles.safetensors");
///     for (const TensorEntry& tensor : file.entries()) std::printf("%s\n", tensor.key.c_str());
class TensorFile {
 public:
  /// `name` begins the messages. Throws FileError, with the offset or the key; nothing is allocated by what the file
  /// claims and doesn't have.
  template <class = detail::WhereCalled>
  TensorFile(std::span<const std::byte> bytes, std::string name) : name_(std::move(name)) {
    if (bytes.size() < 8)
      fail(detail::concat({"is no safetensors file, or damaged: got ", bytes.size(), " bytes, expected 8 or more"}));
    const auto length = detail::read_little_endian<std::uint64_t>(bytes.data());
    const std::size_t most = (std::min)(bytes.size() - 8, detail::max_header_bytes);
    if (length > most)
      fail(detail::concat({"is no safetensors file, or damaged: got a header length of ", length,
                           " at offset 0, expected at most ", most}));
    const auto text = bytes.subspan(8, static_cast<std::size_t>(length));
    detail::TensorHeader header({reinterpret_cast<const char*>(text.data()), text.size()}, name_, 8);
    metadata_ = std::move(header.metadata);
    detail::Keys metadata_keys;
    for (const auto& [key, value] : metadata_)
      if (!metadata_keys.emplace(key).second)
        fail(detail::concat({"the metadata have the key ", detail::in_quotes(key), " twice"}));
    take_entries(header.entries, bytes.subspan(8 + text.size()));
  }

  TensorFile(std::vector<std::byte>&&, std::string) = delete;  // they would not outlive it

  const std::string& name() const { return name_; }

  /// All tensors, ordered by key.
  std::span<const TensorEntry> entries() const { return entries_; }

  /// The tensor of this key, or nullptr.
  const TensorEntry* find(std::string_view key) const {
    const auto place = first_from(key);
    return place != entries_.end() && place->key == key ? &*place : nullptr;
  }
  /// Whether a key begins so.
  bool has_prefix(std::string_view prefix) const {
    const auto place = first_from(prefix);
    return place != entries_.end() && place->key.starts_with(prefix);
  }

  /// All that the metadata say: keys and texts, ordered by key.
  std::span<const std::pair<std::string, std::string>> metadata() const { return metadata_; }

  /// What the metadata say under this key, if they do.
  std::optional<std::string_view> metadata(std::string_view key) const {
    for (const auto& [name, value] : metadata_)
      if (name == key) return value;
    return std::nullopt;
  }

 private:
  /// The first tensor whose key isn't before this one.
  std::vector<TensorEntry>::const_iterator first_from(std::string_view key) const {
    return std::lower_bound(entries_.begin(), entries_.end(), key,
                            [](const TensorEntry& entry, std::string_view k) { return entry.key < k; });
  }
  [[noreturn]] void fail(const std::string& what) const { throw FileError(detail::concat({name_, ": ", what})); }

  template <class = detail::WhereCalled>
  void take_entries(std::vector<detail::HeaderEntry>& all, std::span<const std::byte> data) {
    using Header = detail::HeaderEntry;
    std::vector<Header*> headers;
    for (Header& header : all) headers.push_back(&header);
    // One function for both orders, and of pointers: two sorts of whole headers are eight times the machine code.
    const auto sort_by = [&](bool (*before)(const Header*, const Header*)) {
      std::sort(headers.begin(), headers.end(), before);
    };
    const auto fail_at = [&](const Header& header, const std::string& what) {
      fail(detail::concat({"key ", detail::in_quotes(header.key), ": ", what}));
    };
    sort_by([](const Header* a, const Header* b) { return a->range < b->range; });
    std::uint64_t end = 0;
    for (const Header* const each : headers) {
      const Header& header = *each;
      const std::string range = "data_offsets " + detail::shape_text<std::uint64_t>(header.range);
      if (header.range[0] > header.range[1] || header.range[1] > data.size())
        fail_at(header, detail::concat({"got ", range, ", expected a range in the ", data.size(), " bytes of data"}));
      if (header.range[0] != end)
        fail_at(header, detail::concat({"got ", range, ", expected a begin of ", end, ", where other data end"}));
      end = header.range[1];
      const auto expected = detail::byte_count<std::uint64_t>(header.dtype, header.shape);
      if (expected != header.range[1] - header.range[0])
        fail_at(header,
                detail::concat({"got ", header.range[1] - header.range[0], " bytes, expected ",
                                expected ? std::to_string(*expected) : "more than there can be", " for ",
                                to_string(header.dtype), " ", detail::shape_text<std::uint64_t>(header.shape)}));
    }
    if (end != data.size())
      fail(detail::concat({"got ", data.size(), " bytes of data, expected ", end, ", where the last tensor ends"}));

    sort_by([](const Header* a, const Header* b) { return a->key < b->key; });
    entries_.reserve(headers.size());
    for (Header* const each : headers) {
      Header& header = *each;
      if (!entries_.empty() && entries_.back().key == header.key) fail_at(header, "is there twice");
      const auto begin = static_cast<std::size_t>(header.range[0]), past = static_cast<std::size_t>(header.range[1]);
      TensorEntry entry{std::move(header.key), header.dtype, {}, data.subspan(begin, past - begin)};
      for (const std::uint64_t size : header.shape) {
        if (!std::in_range<std::size_t>(size))
          fail(detail::concat({"key ", detail::in_quotes(entry.key), ": is too large"}));
        entry.shape.push_back(static_cast<std::size_t>(size));
      }
      entries_.push_back(std::move(entry));
    }
  }

  std::string name_;
  std::vector<TensorEntry> entries_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

namespace detail {

/// Under which a file's metadata say what it holds: "a model (for load)".
inline constexpr std::string_view holds_key = "evomlp.holds";

/// Refuses a file that says that it holds something else. Many say nothing: those of others, and of before.
inline void require_holds(const TensorFile& file, std::string_view expected) {
  const auto holds = file.metadata(holds_key);
  if (holds && *holds != expected)
    throw FileError(concat({file.name(), ": holds ", holds->substr(0, 200), ", expected ", expected}));
}

}  // namespace detail

/// Makes the bytes of a safetensors file, as the format's own writers order them: largest elements first, then by key.
class TensorFileWriter {
 public:
  /// A word about the file. Throws FileError if it is not UTF-8, or if the key is there already.
  template <class = detail::WhereCalled>
  void metadata(std::string_view key, std::string_view value) {
    require_new(metadata_keys_, key);
    metadata_ += metadata_.empty() ? "" : ",";
    append_string(metadata_, key);
    metadata_ += ':';
    append_string(metadata_, value);
  }

  /// A tensor; `append(bytes)` adds its elements, row-major and little-endian, to a std::vector<std::byte>.
  /// Throws FileError if the key is there already, or if another number of bytes is added than the shape says.
  void add(std::string_view key, Dtype dtype, std::span<const std::size_t> shape, auto append) {
    begin_tensor(key, dtype, shape);
    append(data_);
    end_tensor();
  }

  /// The file. Throws FileError if a key is not UTF-8, or if the header is longer than the format allows.
  template <class = detail::WhereCalled>
  std::vector<std::byte> finish() {
    std::vector<const Tensor*> tensors;
    for (const Tensor& tensor : tensors_) tensors.push_back(&tensor);
    std::sort(tensors.begin(), tensors.end(), [](const Tensor* a, const Tensor* b) {
      return a->dtype != b->dtype ? a->dtype < b->dtype : a->key < b->key;
    });
    std::string header = metadata_.empty() ? "" : "\"__metadata__\":{" + metadata_ + "}";
    std::size_t end = 0;
    for (const Tensor* const tensor : tensors) {
      header += header.empty() ? "" : ",";
      append_string(header, tensor->key);
      header.append(":{\"dtype\":\"").append(to_string(tensor->dtype)).append("\",\"shape\":[");
      for (std::size_t i = 0; i < tensor->shape.size(); ++i)
        header.append(i > 0 ? "," : "").append(std::to_string(tensor->shape[i]));
      header += "],\"data_offsets\":[" + std::to_string(end) + "," + std::to_string(end + tensor->size) + "]}";
      end += tensor->size;
    }
    header = "{" + header + "}";
    while (header.size() % 8 != 0) header += ' ';  // the data then begin at a multiple of 8
    if (header.size() > detail::max_header_bytes)
      throw FileError(detail::concat({"TensorFileWriter: got a header of ", header.size(), " bytes, expected at most ",
                                      detail::max_header_bytes}));

    std::vector<std::byte> file;
    file.reserve(8 + header.size() + data_.size());
    detail::append_little_endian(file, static_cast<std::uint64_t>(header.size()));
    const auto* const text = reinterpret_cast<const std::byte*>(header.data());
    file.insert(file.end(), text, text + header.size());
    for (const Tensor* const tensor : tensors) {
      const std::byte* const from = data_.data() + tensor->begin;
      file.insert(file.end(), from, from + tensor->size);
    }
    return file;
  }

 private:
  struct Tensor {
    std::string key;
    Dtype dtype{};
    std::vector<std::size_t> shape{};
    std::size_t begin = 0, size = 0;  // in data_
  };

  template <class = detail::WhereCalled>
  void begin_tensor(std::string_view key, Dtype dtype, std::span<const std::size_t> shape) {
    require_new(keys_, key);
    tensors_.push_back(
        {.key = std::string(key), .dtype = dtype, .shape = {shape.begin(), shape.end()}, .begin = data_.size()});
  }
  template <class = detail::WhereCalled>
  void end_tensor() {
    Tensor& tensor = tensors_.back();
    tensor.size = data_.size() - tensor.begin;
    const std::span<const std::size_t> shape(tensor.shape);
    if (detail::byte_count(tensor.dtype, shape) != tensor.size)
      throw FileError(detail::concat({"TensorFileWriter: key ", detail::in_quotes(tensor.key), ": got ", tensor.size,
                                      " bytes for ", to_string(tensor.dtype), " ", detail::shape_text(shape)}));
  }

  static void append_string(std::string& to, std::string_view text) {
    if (!detail::is_utf8(text))
      throw FileError(detail::concat({"TensorFileWriter: ", detail::in_quotes(text), " is not UTF-8"}));
    detail::append_json_string(to, text);
  }

  template <class = detail::WhereCalled>
  static void require_new(detail::Keys& keys, std::string_view key) {
    if (key == "__metadata__" || !keys.emplace(key).second)
      throw FileError(detail::concat({"TensorFileWriter: key ", detail::in_quotes(key), ": is taken"}));
  }

  detail::Keys keys_{}, metadata_keys_{};
  std::string metadata_;
  std::vector<std::byte> data_;
  std::vector<Tensor> tensors_;
};

}  // namespace evomlp
