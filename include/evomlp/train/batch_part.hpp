// SPDX-License-Identifier: MIT
// How rows are cut into parts: a batch, or the data that is evaluated.
#pragma once

#include "evomlp/compose/structure.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace evomlp::detail {

/// Neighbouring rows.
struct RowRange {
  std::size_t first = 0, rows = 0;
};

/// Part `number` of so many, in order, whose sizes differ by one at most; some are empty where there are fewer rows.
constexpr RowRange part_of(std::size_t rows, std::size_t number, std::size_t parts) {
  const std::size_t each = rows / parts, longer = rows % parts;
  return {number * each + (std::min)(number, longer), each + (number < longer ? 1 : 0)};
}

constexpr std::size_t largest_part(std::size_t rows, std::size_t parts) { return part_of(rows, 0, parts).rows; }

/// That layers which need several samples can train on the parts of a batch; with statistics that are shared, on the parts
/// that are trained on at the same time. A TrainingError, before any step.
template <class Net>
void require_parts(std::size_t rows, std::size_t parts, bool shared) {
  constexpr std::size_t least = counts_of<Net>.min_batch;
  if (parts == 1 || least <= 1) return;
  const std::string batch = concat({"fit: a batch of ", rows, " in ", parts, " parts"});
  if (shared) {  // every process takes part in the statistics
    if (rows < parts)
      throw TrainingError(batch + ": some are empty, but .sync_batchnorm needs rows in each; use fewer processes, or a "
                                  "larger .batch_size, or .drop_last = true for a last batch");
  } else if (const std::size_t smallest = (std::max)(rows / parts, std::size_t{1}); smallest < least) {
    throw TrainingError(
        concat({batch, " has one of ", smallest, ", but ", counts_of<Net>.min_batch_of, " needs at least ", least,
                " samples in training; set .sync_batchnorm = true (with several processes), use fewer parts, or "
                ".drop_last = true for a last batch"}));
  }
}

}  // namespace evomlp::detail
