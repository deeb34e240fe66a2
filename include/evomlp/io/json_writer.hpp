// SPDX-License-Identifier: MIT
// JSON to be written: RapidJSON's writer, for texts and numbers of any origin.
#pragma once

#include "evomlp/core/utf8.hpp"
#include "evomlp/io/rapidjson.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>
#include <vector>

namespace evomlp::detail {

/// Writes one JSON value piece by piece. What JSON has no word for is replaced: a number that isn't finite by null,
/// each byte above 127 of a text that isn't UTF-8 by U+FFFD.
class JsonWriter {
 public:
  void object(auto members) {
    writer_.StartObject();
    members();
    writer_.EndObject();
  }
  /// The name of a member; its value follows.
  JsonWriter& key(std::string_view name) {
    const std::string text = as_utf8(name);
    writer_.Key(text.data(), static_cast<RAPIDJSON_NAMESPACE::SizeType>(text.size()));
    return *this;
  }
  void value(std::string_view text) {
    const std::string utf8 = as_utf8(text);
    writer_.String(utf8.data(), static_cast<RAPIDJSON_NAMESPACE::SizeType>(utf8.size()));
  }
  void value(int number) { writer_.Int(number); }
  void value(double number) {
    if (number - number == 0)
      writer_.Double(number);
    else
      writer_.Null();
  }
  void null() { writer_.Null(); }
  template <class V>
  void value(const std::vector<V>& values) {
    writer_.StartArray();
    for (const V& each : values) value(each);
    writer_.EndArray();
  }

  std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  static std::string as_utf8(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    std::string mended;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x80)
        mended += c;
      else
        mended += "\xEF\xBF\xBD";
    }
    return mended;
  }

  RAPIDJSON_NAMESPACE::StringBuffer buffer_;
  RAPIDJSON_NAMESPACE::Writer<RAPIDJSON_NAMESPACE::StringBuffer> writer_{buffer_};
};

}  // namespace evomlp::detail
