// SPDX-License-Identifier: MIT
// load_npz, of arrays and of a model, with a low limit: what it inflates stays below, whatever the archive says.
#include "evomlp/io/model_npz.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
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
  Model<Sequential<Linear<2, 1>>> model, before;
  if (!reads([&] { load_npz(model, bytes_of(data, size), {.strict = false, .convert = true}, limit); }))
    require(model == before);
  return 0;
}
