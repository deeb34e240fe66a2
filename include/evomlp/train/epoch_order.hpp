// SPDX-License-Identifier: MIT
// Which rows a step takes.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/train/shuffle.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace evomlp::detail {

/// The order of an epoch, window by window: a function of the seed, the epoch and the step alone. All three shuffles are
/// windows of blocks: the full shuffle is one window with one block of all rows; in the order of the data, a window is a
/// batch. Holds the rows of one window, those of a batch, and the order of the blocks.
class EpochOrder {
 public:
  EpochOrder(const Shuffle& shuffle, std::uint64_t seed, std::size_t samples, std::size_t batch)
      : shuffled_(shuffle), seed_(seed), samples_(samples), batch_(batch), block_(shuffled_ ? samples : batch) {
    if (const auto& blocks = shuffle.blocks()) {
      block_ = (std::min)(static_cast<std::size_t>(blocks->rows), samples);
      window_ = static_cast<std::size_t>(blocks->window);
    }
    blocks_ = samples / block_ + (samples % block_ != 0 ? 1 : 0);
    window_ = (std::min)(window_, blocks_);
    try {
      rows_.reserve((std::min)(samples, (window_ < blocks_ ? window_ * block_ : samples) + batch));
      if (shuffled_) order_.resize(blocks_);
    } catch (const std::bad_alloc&) {
      refuse();
    } catch (const std::length_error&) {
      refuse();
    }
  }

  /// Back to the first step of an epoch.
  void begin(int epoch) {
    epoch_ = static_cast<std::uint64_t>(epoch);
    first_ = next_ = announced_ = 0;
    rows_.clear();
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (order_.size() <= window_) return;  // one window: its rows are shuffled anyway
    shuffle(order_, Random(seed_, Stream::blocks, epoch_));
    // A window has its blocks in the order of the data: that reads better, and no order of them is more random.
    for (std::size_t k = 0; k < blocks_; k += window_)
      std::sort(order_.data() + k, order_.data() + (std::min)(k + window_, blocks_));
  }

  /// The rows of a step, no earlier one than the last that was asked for. Valid until the next call.
  std::span<const std::size_t> rows(std::size_t step) {
    const std::size_t begin = step * batch_, end = (std::min)(begin + batch_, samples_);
    while (first_ + rows_.size() < end) add_window(begin);
    return std::span<const std::size_t>(rows_).subspan(begin - first_, end - begin);
  }

  /// will_ask(first, count) for the rows of this step and those to come that it wasn't called for, after rows(step): up
  /// to the blocks of the next window (of several, where a batch takes several), or where there is only one window the
  /// rows of the next batch.
  template <class F>
  void announce(std::size_t step, F will_ask) {
    if (window_ == blocks_) {
      for (announced_ = (std::max)(announced_, step * batch_); announced_ < (std::min)((step + 2) * batch_, samples_);)
        will_ask(rows_[announced_++], std::size_t{1});
    } else {
      const std::size_t end = next_ + 1 + (batch_ - 1) / (window_ * block_);
      for (announced_ = (std::max)(announced_, next_ - 1); announced_ < end; ++announced_) each_block(announced_, will_ask);
    }
  }

 private:
  [[noreturn]] void refuse() const {
    throw TrainingError("fit: there is no memory for a random order of " + std::to_string(samples_) +
                        " samples; set .shuffle = ByBlocks{}, with larger blocks or a smaller window");
  }

  /// f(first row, rows) of a window's blocks, none where the epoch is over.
  template <class F>
  void each_block(std::size_t window, F f) const {
    for (std::size_t k = window * window_; k < (std::min)((window + 1) * window_, blocks_); ++k) {
      const std::size_t first = (order_.empty() ? k : order_[k]) * block_;
      f(first, (std::min)(block_, samples_ - first));
    }
  }

  /// The rows of the next window go behind those that are still to come.
  void add_window(std::size_t begin) {
    const std::size_t done = (std::min)(begin - first_, rows_.size());
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(done));
    first_ += done;
    const std::size_t kept = rows_.size();
    each_block(next_, [&](std::size_t first, std::size_t count) {
      for (std::size_t row = first; row < first + count; ++row) rows_.push_back(row);
    });
    // A substream for each epoch and window; the first window's is the epoch, as of a full shuffle.
    if (shuffled_)
      shuffle(std::span(rows_).subspan(kept),
              Random(seed_, Stream::shuffle, epoch_ | static_cast<std::uint64_t>(next_) << 32));
    ++next_;
  }

  bool shuffled_;
  std::uint64_t seed_, epoch_ = 0;
  std::size_t samples_, batch_;
  std::size_t block_, window_ = 1, blocks_ = 0;  // rows, blocks, in all
  std::vector<std::size_t> order_;               // of the blocks; empty: the order of the data
  std::vector<std::size_t> rows_;                // of the windows begun, without those that are done
  std::size_t first_ = 0;                        // where rows_ begins in the epoch
  std::size_t next_ = 0;                         // window
  std::size_t announced_ = 0;                    // windows, or rows of the only one
};

}  // namespace evomlp::detail
