// SPDX-License-Identifier: MIT
// Shuffle: in which order fit takes the samples.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <optional>

namespace evomlp {

/// For data that are read from files while fit trains: `.shuffle = ByBlocks{.rows = 256, .window = 64}`. Blocks of
/// `rows` neighbouring samples come in random order, and the samples of `window` blocks are shuffled together: every
/// file is read in pieces of a block, and what must be in memory is one window and the next, not the data set. The
/// price is that the samples of a batch come from `window` places of the data at most: where neighbours resemble each
/// other (data sorted by label), a window needs many small blocks. One window of all blocks is the full shuffle.
struct ByBlocks {
  int rows = 256;   ///< of a block, neighbours in the data
  int window = 64;  ///< blocks that are shuffled together

  bool operator==(const ByBlocks&) const = default;
};

/// A new random order in every epoch (true), the order of the data (false), or by blocks.
class Shuffle {
 public:
  constexpr Shuffle(bool shuffled = true) : shuffled_(shuffled) {}
  constexpr Shuffle(ByBlocks blocks) : blocks_(blocks) {}

  /// Whether the order is random at all.
  constexpr explicit operator bool() const { return shuffled_; }

  /// None: all samples are shuffled together.
  constexpr const std::optional<ByBlocks>& blocks() const { return blocks_; }

  bool operator==(const Shuffle&) const = default;

 private:
  bool shuffled_ = true;
  std::optional<ByBlocks> blocks_;
};

}  // namespace evomlp
