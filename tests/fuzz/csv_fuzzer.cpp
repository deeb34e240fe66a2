// SPDX-License-Identifier: MIT
// read_csv with and without a header, and load_csv as numbers and as classes. The first byte chooses the options.
#include "evomlp/data/load_csv.hpp"
#include "fuzz/expect_errors.hpp"

using namespace evomlp;
using namespace evomlp_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = bytes_of(data + 1, size - 1);
  const bool header = (data[0] & 1) != 0, trim = (data[0] & 2) != 0;
  const char delimiter = (data[0] & 4) != 0 ? ';' : ',';
  reads([&] {
    const Table table = read_csv(bytes, {header, delimiter, trim});
    std::size_t characters = 0;
    for (std::size_t row = 0; row < table.rows(); ++row)
      for (std::size_t column = 0; column < table.columns(); ++column) characters += table.cell(row, column).size();
    require(characters < size);
  });
  reads([&] { load_csv<float>(bytes, {.header = header, .delimiter = delimiter, .trim = trim}); });
  reads(
      [&] { load_csv<double, Labels>(bytes, {.header = header, .delimiter = delimiter, .missing = Missing::median}); });
  return 0;
}
