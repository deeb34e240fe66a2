// SPDX-License-Identifier: MIT
// Which rows a step takes.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/train/shuffle.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// The order of an epoch, window by window: a function of the seed, the epoch and the step alone. All three shuffles
/// are windows of blocks: the full shuffle is one window with one block of all rows; in the order of the data, a window
/// is a batch. Holds the rows of one window, those of a batch, and the order of the blocks.
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

  /// will_ask(first, count), after rows(step), for rows that this step or one to come takes, once each: the blocks of
  /// the next window, or where there is only one window the rows of the next batch. Bit by bit, as steps go on: a
  /// system that is asked for much at once makes one wait.
  template <class F>
  void announce(std::size_t step, F will_ask) {
    const std::size_t begin = step * batch_, end = (std::min)(begin + batch_, samples_);
    if (window_ == blocks_) {
      for (announced_ = (std::max)(announced_, begin); announced_ < (std::min)(end + batch_, samples_); ++announced_)
        will_ask(rows_[announced_], std::size_t{1});
    } else {
      // A quarter of a window early, so that the next one has been read when it begins.
      const std::size_t rows = window_ * block_, ahead = end + rows + (std::max)(rows / 4, batch_);
      for (announced_ = (std::max)(announced_, begin / rows * window_);
           announced_ < blocks_ && announced_ * block_ < ahead; ++announced_) {
        const auto [first, count] = block(announced_);
        will_ask(first, count);
      }
    }
  }

 private:
  [[noreturn]] void refuse() const {
    throw TrainingError(concat({"fit: there is no memory for a random order of ", samples_,
                                " samples; set .shuffle = ByBlocks{}, with larger blocks or a smaller window"}));
  }

  /// First row and number of rows of the k-th block of the epoch.
  std::pair<std::size_t, std::size_t> block(std::size_t k) const {
    const std::size_t first = (order_.empty() ? k : order_[k]) * block_;
    return {first, (std::min)(block_, samples_ - first)};
  }

  /// The rows of the next window go behind those that are still to come.
  void add_window(std::size_t begin) {
    const std::size_t done = (std::min)(begin - first_, rows_.size());
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(done));
    first_ += done;
    const std::size_t kept = rows_.size();
    for (std::size_t k = next_ * window_; k < (std::min)((next_ + 1) * window_, blocks_); ++k) {
      const auto [first, count] = block(k);
      for (std::size_t row = first; row < first + count; ++row) rows_.push_back(row);
    }
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
  std::size_t announced_ = 0;                    // blocks, or rows of the only window
};

}  // namespace evomlp::detail
