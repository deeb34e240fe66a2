// SPDX-License-Identifier: MIT
// basins: into how many separate valleys a loss surface falls.
#pragma once

#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/surface.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace evomlp {

/// The largest number of separate parts that the places below a level form, over all levels: 1 where one can go from
/// any place to any other without rising above the higher of both; more where there are several basins. The nodes of
/// the grid are flooded from the lowest on; a node joins all parts that it touches, also by a corner. A valley
/// narrower than the grid isn't seen, and one whose bottom lies between the nodes may fall apart into several. Losses
/// that aren't finite are walls.
template <class = detail::WhereCalled>
int basins(const LossSurface& surface) {
  const std::size_t rows = surface.rows(), cols = surface.cols(), dry = rows * cols;
  std::vector<std::size_t> order, part(rows * cols, dry);
  for (std::size_t node = 0; node < dry; ++node)
    if (portable::is_finite(surface.values[node])) order.push_back(node);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return surface.values[a] < surface.values[b]; });
  const auto root = [&](std::size_t node) {
    while (part[node] != node) node = part[node] = part[part[node]];  // halves the way for the next one
    return node;
  };
  int parts = 0, most = 0;
  for (const std::size_t node : order) {
    part[node] = node;
    ++parts;
    const std::size_t i = node / cols, j = node % cols;
    for (std::size_t m = i > 0 ? i - 1 : 0; m <= (std::min)(i + 1, rows - 1); ++m)
      for (std::size_t n = j > 0 ? j - 1 : 0; n <= (std::min)(j + 1, cols - 1); ++n) {
        const std::size_t other = m * cols + n;
        if (part[other] == dry || root(other) == root(node)) continue;
        part[root(other)] = root(node);
        --parts;
      }
    most = (std::max)(most, parts);
  }
  return most;
}

}  // namespace evomlp
