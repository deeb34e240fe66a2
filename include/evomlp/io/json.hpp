// SPDX-License-Identifier: MIT
// JSON to be read, event by event, by RapidJSON.
#pragma once

#include "evomlp/io/rapidjson.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// Hands what RapidJSON meets to a handler of ours, with the offset behind it.
template <class Handler>
class JsonEvents {
 public:
  JsonEvents(Handler& handler, const RAPIDJSON_NAMESPACE::MemoryStream& stream) : handler_(handler), stream_(stream) {}

  using Size = RAPIDJSON_NAMESPACE::SizeType;
  bool StartObject() { return handler_.begin_object(offset()), true; }
  bool EndObject(Size) { return handler_.end_object(offset()), true; }
  bool StartArray() { return handler_.begin_array(offset()), true; }
  bool EndArray(Size) { return handler_.end_array(), true; }
  bool Key(const char* text, Size length, bool) { return handler_.key({text, length}, offset()), true; }
  bool String(const char* text, Size length, bool) { return handler_.string({text, length}, offset()), true; }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Uint64(std::uint64_t number) { return handler_.whole_number(number, offset()), true; }
  bool Int(int) { return other("a negative number"); }
  bool Int64(std::int64_t) { return other("a negative number"); }
  bool Double(double) { return other("a fraction or a number too large"); }
  bool RawNumber(const char*, Size, bool) { return other("a number"); }
  bool Bool(bool) { return other("true or false"); }
  bool Null() { return other("null"); }

 private:
  bool other(std::string_view what) { return handler_.other(what, offset()), true; }
  std::size_t offset() const { return stream_.Tell(); }

  Handler& handler_;
  const RAPIDJSON_NAMESPACE::MemoryStream& stream_;
};

/// Parses one JSON value, which must be the whole text and UTF-8. The handler's functions: begin_object, end_object,
/// begin_array (offset), end_array (), key, string (text, offset), whole_number (number, offset), other (what, offset)
/// for every other value, fault (what, offset) for text that is no JSON. They throw what they don't want. Nesting costs
/// heap, not stack.
template <class Handler>
void parse_json(std::string_view text, Handler& handler) {
  using namespace RAPIDJSON_NAMESPACE;
  MemoryStream stream(text.data(), text.size());
  JsonEvents<Handler> events(handler, stream);
  Reader reader;
  constexpr unsigned flags = kParseIterativeFlag | kParseValidateEncodingFlag;
  const ParseResult result = reader.Parse<flags>(stream, events);
  if (result.IsError())
    handler.fault(std::string("a fault in its JSON: ") + GetParseError_En(result.Code()), result.Offset());
  if (stream.Tell() < text.size()) handler.fault("a NUL character", stream.Tell());  // the reader takes it for the end
}

}  // namespace evomlp::detail
