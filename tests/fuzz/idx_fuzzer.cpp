// SPDX-License-Identifier: MIT
// load_idx: the first two bytes say where the images end and the labels begin.
#include "evomlp/data/load_idx.hpp"
#include "fuzz/expect_errors.hpp"

#include <algorithm>

using namespace evomlp;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto bytes = bytes_of(data + 2, size - 2);
  const std::size_t images = (std::min)(bytes.size(), std::size_t{data[0]} * 256 + data[1]);
  reads([&] {
    const auto dataset = load_idx<float>(bytes.first(images), bytes.subspan(images));
    require(dataset.x.size() + dataset.y.size() < size);
  });
  return 0;
}
