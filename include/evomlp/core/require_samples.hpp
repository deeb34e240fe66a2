// SPDX-License-Identifier: MIT
// Invalid class labels and weights of samples.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/portable_math.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace evomlp::detail {

/// `rows`, where there are some: the rows of a source that those of a batch were gathered from.
inline std::string in_row(std::size_t i, std::span<const std::size_t> rows) {
  return concat({" in row ", rows.empty() ? i : rows[i], " (counted from 0), expected "});
}

/// Throws a DataError for a label outside 0 to outputs − 1: "fit: label is 7 in row 3 (counted from 0), expected 0 to 2
/// (the network has 3 outputs)". No outputs: the network isn't known, and any label from 0 on will do.
inline void require_labels(std::span<const std::int32_t> labels, std::size_t outputs, std::string_view what,
                           std::span<const std::size_t> rows = {}) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || (outputs > 0 && static_cast<std::size_t>(labels[i]) >= outputs))
      throw DataError(concat(
          {what, ": label is ", labels[i], in_row(i, rows),
           outputs == 0 ? "0 or more" : concat({"0 to ", outputs - 1, " (the network has ", outputs, " outputs)"})}));
}

/// Throws a DataError for a weight that is negative or not finite.
template <class T>
void require_weights(std::span<const T> weights, std::string_view what, std::span<const std::size_t> rows = {}) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!(portable::is_finite(weights[i]) && weights[i] >= 0))
      throw DataError(concat({what, ": weight is ", weights[i], in_row(i, rows), "a finite number of at least 0"}));
}

}  // namespace evomlp::detail
