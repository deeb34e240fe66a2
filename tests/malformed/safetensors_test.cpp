// SPDX-License-Identifier: MIT
// load refuses malformed model files and leaves the model as it was.
#include "evomlp/io/safetensors.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "malformed/malformed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace evomlp;
using namespace evomlp_test;

namespace {

using Net = Sequential<Linear<2, 1>>;

Bytes file_of(std::string_view header, std::size_t data) {
  Bytes file(8);
  for (const std::byte byte : bytes(header)) file.push_back(byte);
  number(0, header.size(), 8)(file);
  file.resize(file.size() + data);
  return file;
}

constexpr std::string_view header =
    R"({"__metadata__":{"format":"pt"},"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
    R"("0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}})";

Edit swap_text(std::string_view from, std::string_view to) { return swap_in_header(0, 8, from, to); }

/// Another header over the same data.
Edit text(std::string_view other) {
  return [other = std::string(other)](Bytes& file) { file = file_of(other, 12); };
}

std::string repeated(std::string_view part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

}  // namespace

TEST_CASE("Malformed model files") {
  const std::string json = "the header has a fault in its JSON: ";
  const std::string weight = "key \"0.weight\": ";
  const std::vector<Malformed> table{
      // The file
      {"empty", cut(0), "got 0 bytes, expected 8 or more"},
      {"not even a length", cut(7), "got 7 bytes, expected 8 or more"},
      {"nothing but a length", cut(8), "at offset 0, expected at most 0"},
      {"cut in the header", cut(100), "at offset 0, expected at most 92"},
      {"a length beyond the file", number(0, 1 << 20, 8), "got a header length of 1048576 at offset 0"},
      {"a length beyond everything", number(0, ~0ull, 8), "got a header length of 18446744073709551615"},
      {"a length of 0", number(0, 0, 8), json + "The document is empty"},
      {"a length too short", number(0, header.size() - 1, 8), json},
      {"a length too long", number(0, header.size() + 1, 8), "the header has a NUL character"},
      {"a pickle of PyTorch", all("\x80\x02}q\x01(X\x06weight"), "is no safetensors file, or damaged: got a header length"},
      {"a zip archive", all("PK\x03\x04 and so on, for a while"), "is no safetensors file, or damaged"},
      {"zeros", all(std::string(64, '\0')), json + "The document is empty"},
      // The data
      {"data cut", lose(1), weight + "got data_offsets [4, 12], expected a range in the 11 bytes of data"},
      {"no data", lose(12), "expected a range in the 0 bytes of data"},
      {"a trailing byte", append("x"), "got 13 bytes of data, expected 12, where the last tensor ends"},
      {"an overlap", swap_text("[4,12]", "[3,11]"), weight + "got data_offsets [3, 11], expected a begin of 4"},
      {"one inside another", swap_text("[4,12]", "[0,8]"), weight + "got data_offsets [0, 8], expected a begin of 4"},
      {"a hole", both(swap_text("[4,12]", "[5,13]"), append("x")), weight + "got data_offsets [5, 13], expected a begin of 4"},
      {"a hole at the begin", text(R"({"0.bias":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}})"), "expected a begin of 0"},
      {"offsets backwards", swap_text("[4,12]", "[12,4]"), weight + "got data_offsets [12, 4], expected a range"},
      {"an end beyond the file", swap_text("[4,12]", "[4,16]"), weight + "got data_offsets [4, 16], expected a range"},
      {"an end that would wrap", swap_text("[4,12]", "[4,18446744073709551615]"), "expected a range in the 12 bytes"},
      {"an end beyond 64 bits", swap_text("[4,12]", "[4,18446744073709551616]"), "a fraction or a number too large"},
      {"a negative begin", swap_text("[4,12]", "[-4,12]"), "a negative number for the key \"0.weight\""},
      {"a fraction", swap_text("[4,12]", "[4.0,12]"), "a fraction or a number too large for the key \"0.weight\""},
      {"one offset", swap_text("[4,12]", "[4]"), "1 data_offsets for the key \"0.weight\", expected 2"},
      {"a thousand offsets", swap_text("[4,12]", "[4" + repeated(",12", 999) + "]"), "1000 data_offsets for the key"},
      {"offsets as text", swap_text("[4,12]", "\"4,12\""), "a string for the key \"0.weight\", expected a list"},
      // Shapes and dtypes
      {"a shape that overflows", swap_text("[1,2]", "[4294967296,4294967296]"), "expected more than there can be"},
      {"a shape that wraps to the right size", swap_text("[1,2]", "[4611686018427387906,1]"), "more than there can be"},
      {"a shape larger than the data", swap_text("[1,2]", "[1,3]"), weight + "got 8 bytes, expected 12 for F32 [1, 3]"},
      {"a shape of nothing", swap_text("[1,2]", "[0,2]"), weight + "got 8 bytes, expected 0 for F32 [0, 2]"},
      {"a list in the shape", swap_text("[1,2]", "[[1,2]]"), "a list for the key \"0.weight\", expected a whole number"},
      {"null as shape", swap_text("[1,2]", "null"), "null for the key \"0.weight\", expected a list"},
      {"an unknown dtype", swap_text("F32", "F31"), "the dtype \"F31\" for the key \"0.bias\", which is not known"},
      {"a number as dtype", swap_text("\"F32\"", "32"), "a number for the key \"0.bias\", expected a string"},
      {"a dtype of another size", swap_text("F32", "F64"), "key \"0.bias\": got 4 bytes, expected 8 for F64 [1]"},
      {"a dtype of the same size", swap_text("F32", "I32"), "key \"0.bias\": got I32 [1], expected F32 [1]"},
      {"no dtype", swap_text(R"("dtype":"F32",)", ""), "no \"dtype\" for the key \"0.bias\""},
      {"no shape", swap_text(R"("shape":[1],)", ""), "no \"shape\" for the key \"0.bias\""},
      {"no offsets", swap_text(R"(,"data_offsets":[0,4])", ""), "no \"data_offsets\" for the key \"0.bias\""},
      {"a field twice", swap_text(R"("shape":[1],)", R"("shape":[1],"shape":[1],)"), "\"shape\" twice for the key \"0.bias\""},
      {"an unknown field", swap_text(R"("shape":[1],)", R"("shape":[1],"strides":[1],)"), "the field \"strides\""},
      {"an unknown field in between", swap_text(R"("shape")", R"("Shape")"), "the field \"Shape\" for the key \"0.bias\""},
      // Keys
      {"a key twice", swap_text("0.weight", "0.bias"), "key \"0.bias\": is there twice"},
      {"a key twice, once in escapes", swap_text("0.weight", R"(0.b\u0069as)"), "key \"0.bias\": is there twice"},
      {"a key that the model lacks", swap_text("0.weight", "1.weight"), "missing \"0.weight\"\n  unexpected \"1.weight\""},
      {"a key with a NUL", swap_text("0.weight", R"(0.weight\u0000)"), "unexpected \"0.weight\\u0000\""},
      {"a key of a million letters", swap_text("0.weight", std::string(1'000'000, 'w')), "wwww\"..."},
      {"an entry that is a list", text(R"({"0.bias":[0,4]})"), "a list for the key \"0.bias\", expected an object"},
      {"an entry that is empty", text(R"({"0.bias":{}})"), "no \"dtype\" for the key \"0.bias\""},
      {"a key of bytes that are no UTF-8", swap_text("0.bias", "0.bi\xFFs"), json + "Invalid encoding in string"},
      {"half of a UTF-8 sequence", swap_text("0.bias", "0.bi\xC3"), json + "Invalid encoding in string"},
      {"an overlong slash", swap_text("0.bias", "0\xC0\xAF" "bias"), json + "Invalid encoding in string"},
      {"half of a surrogate pair", swap_text("0.bias", R"(\udc00)"), "the header has a"},
      // Metadata
      {"metadata twice", swap_text(R"("__metadata__":{"format":"pt"},)", R"("__metadata__":{},"__metadata__":{},)"),
       "\"__metadata__\" twice"},
      {"a word of the metadata twice", swap_text(R"("format":"pt")", R"("format":"pt","format":"pt")"),
       "the metadata have the key \"format\" twice"},
      {"a number in the metadata", swap_text("\"pt\"", "1"), "a number for the key \"__metadata__\", expected a string"},
      {"an object in the metadata", swap_text("\"pt\"", "{}"), "an object for the key \"__metadata__\", expected a string"},
      {"metadata as a list", swap_text(R"({"format":"pt"})", "[]"), "a list for the key \"__metadata__\""},
      {"a million letters about another network",
       both(swap_text(R"("format":"pt")", "\"evomlp.network\":\"" + std::string(1'000'000, 'n') + "\""),
            swap_text("0.weight", "1.weight")),
       "nnn):\n  missing \"0.weight\""},
      // JSON
      {"a list", text("[]"), "a list, expected an object"},
      {"a word", text("null"), "null, expected an object"},
      {"two objects", text("{}{}"), json},
      {"a trailing comma", text(R"({"__metadata__":{},})"), json},
      {"a comment", text("{/* none */}"), json},
      {"a byte order mark", text("\xEF\xBB\xBF{}"), json},
      {"NaN", swap_text("[4,12]", "[NaN,12]"), json},
      {"a number that no double holds", swap_text("[4,12]", "[4,1e999]"), json + "Number too big"},
      {"a line feed in a string", swap_text("\"pt\"", "\"\n\""), json},
      {"a million lists, one inside the other", text(repeated("[", 1'000'000)), "a list, expected an object"},
      {"a million objects, one inside the other", text(repeated(R"({"a":)", 1'000'000)), "the field \"a\" for the key \"a\""},
      {"lists inside a shape", swap_text("[1,2]", repeated("[", 100'000)), "a list for the key \"0.weight\""},
      {"spaces alone", text(std::string(100, ' ')), json + "The document is empty"},
  };
  Model<Net> model(init::he_normal(), 1);
  const Model<Net> zeros;
  check_refused(file_of(header, 12), table, [&](const std::filesystem::path& path) {
    Model<Net> read = model;
    try {
      load(read, path);
    } catch (...) {
      CHECK(read == model);
      throw;
    }
    CHECK(read == zeros);
  });
}
