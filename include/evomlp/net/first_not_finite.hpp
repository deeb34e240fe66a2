// SPDX-License-Identifier: MIT
// Where a model first holds a NaN or an infinity.
#pragma once

#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/net/model.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace evomlp::detail {

/// The key of the first parameter or buffer, in the order of parameter_table<Net>, with an element that isn't finite.
template <class Net, class T>
std::optional<std::string_view> first_not_finite(const Model<Net, T>& model) {
  for (const ParameterInfo& info : parameter_table<Net>) {
    const auto values = model.values(info);
    if (!std::all_of(values.begin(), values.end(), [](T value) { return portable::is_finite(value); })) return info.key;
  }
  return std::nullopt;
}

}  // namespace evomlp::detail
