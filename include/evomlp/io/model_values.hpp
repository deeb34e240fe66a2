// SPDX-License-Identifier: MIT
// A parameter's numbers as they lie in files: matrices as [out, in], PyTorch's orientation.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/io/dtype.hpp"
#include "evomlp/net/model.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace evomlp::detail {

/// The shape in a file.
inline std::vector<std::size_t> file_shape(const ParameterInfo& info) {
  return info.rank == 2 ? std::vector{info.out, info.in} : std::vector{info.out};
}

/// use(place in a file, place in memory) for each number of a parameter, in the file's order; memory has [in, out].
void for_each_number(const ParameterInfo& info, auto use) {
  for (std::size_t o = 0; o < info.out; ++o)
    for (std::size_t i = 0; i < info.in; ++i) use(o * info.in + i, i * info.out + o);
}

/// Appends a parameter's numbers in the file's order.
template <class Net, class T>
void append_values(std::vector<std::byte>& to, const Model<Net, T>& model, const ParameterInfo& info) {
  const std::span<const T> values = model.values(info);
  for_each_number(info, [&](std::size_t, std::size_t in_memory) { append_little_endian(to, values[in_memory]); });
}

}  // namespace evomlp::detail
