// SPDX-License-Identifier: MIT
// load_npy, as numbers and as labels, and NpyArray.
#include "evomlp/data/load_npy.hpp"
#include "fuzz/expect_errors.hpp"

using namespace evomlp;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  const bool array = reads([&] { NpyArray({bytes.begin(), bytes.end()}, "fuzz"); });
  const bool numbers = reads([&] { require(load_npy<double>(bytes).size() * 8 <= 8 * size); });
  require(array == numbers);  // every element type fits a double
  reads([&] { load_npy<float>(bytes); });
  reads([&] { load_npy<Labels>(bytes); });
  return 0;
}
