// SPDX-License-Identifier: MIT
// load: the model is as it was, or has all of its numbers; what is saved beside it can be used.
#include "corpus/nets.hpp"
#include "fuzz/expect_errors.hpp"
#include "fuzz/safetensors_mutator.hpp"

#include <cstring>

using namespace evomlp_corpus;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  static const auto before = every_layer<float>();
  auto model = before;
  const auto unchanged = [&] {
    return std::memcmp(model.parameters().data(), before.parameters().data(), before.parameters().size_bytes()) == 0 &&
           std::memcmp(model.buffers().data(), before.buffers().data(), before.buffers().size_bytes()) == 0;
  };
  if (!reads([&] { load(model, bytes, {.convert = true}); })) require(unchanged());
  model = before;
  if (!reads([&] { load(model, bytes, {.strict = false}); })) require(unchanged());

  Model<OfTable> of_table;
  TableEncoder<float, Labels> encoder({.target = "kind"});
  static const Table rows = table();
  if (reads([&] { load(of_table, bytes, named("encoder", encoder)); })) {
    reads([&] { encoder.transform(rows); });
    encoder.feature_names();
  }
  return 0;
}
