// SPDX-License-Identifier: MIT
// The parameters of a network as a text: what checkpoints are compared by.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"

#include <string>
#include <type_traits>

namespace evomlp::detail {

/// Keys and shapes of all parameters and buffers, and the scalar: "float 0.weight[8,3] 0.bias[8]".
template <class Net, class T>
std::string keys_and_shapes() {
  std::string text = std::is_same_v<T, float> ? "float" : "double";
  for (const ParameterInfo& info : parameter_table<Net>) {
    text += concat({" ", info.key, "[", info.out});
    if (info.rank == 2) text += concat({",", info.in});
    text += ']';
  }
  return text;
}

}  // namespace evomlp::detail
