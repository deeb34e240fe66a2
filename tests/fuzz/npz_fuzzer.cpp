// SPDX-License-Identifier: MIT
// load_npz, with a low limit: what it inflates stays below, whatever the archive says.
#include "evomlp/io/npz.hpp"

#include "fuzz/expect_errors.hpp"

using namespace evomlp;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 1 << 16;
  reads([&] {
    std::size_t total = 0;
    for (const auto& [name, array] : load_npz(bytes_of(data, size), limit)) total += array.file().size();
    require(total <= limit + size);  // stored members lie in the archive as they are
  });
  return 0;
}
