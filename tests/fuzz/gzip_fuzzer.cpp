// SPDX-License-Identifier: MIT
// gunzip, with a low limit.
#include "evomlp/io/gzip.hpp"
#include "fuzz/expect_errors.hpp"

using namespace evomlp;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 1 << 16;
  reads([&] { require(gunzip(bytes_of(data, size), "fuzz", limit).size() <= limit); });
  return 0;
}
