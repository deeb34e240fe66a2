// SPDX-License-Identifier: MIT
// Random numbers without hidden state: value number `index` of a stream is a pure function of (seed, stream, substream,
// index), the same bits on every compiler, standard library and machine. Nothing to save, nothing to share, and threads
// may ask in any order.
#pragma once

#include "evomlp/core/portable_math.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace evomlp {

/// Philox4x32-10: enciphers a 128-bit counter under a 64-bit key; words are least significant first.
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
constexpr std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                     std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// What a stream of random numbers is for. One seed gives every purpose its own stream, so none disturbs another.
/// The numbers are part of the promise of equal bits: never change one, only add.
enum class Stream : std::uint64_t {
  init = 0,
  shuffle = 1,
  dropout = 2,
  split = 3,
  data = 4,
  direction = 5,
  blocks = 6
};

/// The random numbers of one stream, addressed by index. `substream` tells apart the uses of one stream: the epoch of a
/// shuffle, the step of a dropout mask. bits, uniform, normal and below are views of the same block of random bits: use
/// an index once. Philox gives 2^64 values per substream; two (stream, substream) pairs of a seed never share a block.
class Random {
 public:
  constexpr Random(std::uint64_t seed, Stream stream, std::uint64_t substream = 0) {
    // One encipherment under the seed is a bijection of (stream, substream), so its 128 bits can be a key and half a
    // counter without two substreams ever meeting.
    const auto name = static_cast<std::uint64_t>(stream);
    const auto mixed = philox4x32_10({low(substream), high(substream), low(name), high(name)}, {low(seed), high(seed)});
    key_ = {mixed[0], mixed[1]};
    base_ = {mixed[2], mixed[3]};
  }

  /// 128 random bits in four words: four draws for the price of one where 32 bits each are enough.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t index) const {
    return philox4x32_10({low(index), high(index), base_[0], base_[1]}, key_);
  }

  /// 64 random bits.
  constexpr std::uint64_t bits(std::uint64_t index) const {
    const auto words = block(index);
    return join(words[0], words[1]);
  }

  /// Uniform on [0, 1): a multiple of 2^-53.
  constexpr double uniform(std::uint64_t index) const { return static_cast<double>(bits(index) >> 11) * 0x1p-53; }

  /// Standard normal by inversion; |z| < 8.3, and z and -z are equally likely to the last bit. For a mean and a
  /// standard deviation write std::fma(stddev, normal(index), mean), which is the same bits everywhere; a product and a
  /// sum isn't.
  double normal(std::uint64_t index) const {
    const std::uint64_t value = bits(index);
    const double p = (static_cast<double>(value >> 12) + 0.5) * 0x1p-53;  // exact, in (0, 1/2)
    const double z = portable::normal_quantile(p);
    return (value & 1) != 0 ? -z : z;
  }

  /// Uniform on the integers 0 .. n - 1, without bias; 0 if n is 0. (An exception for that one case would keep every
  /// header that draws from firmware.)
  /// Candidates of just enough bits are drawn until one is below n, two to a block; a block that yields none is
  /// enciphered once more, so even the retries are a function of index alone.
  constexpr std::uint64_t below(std::uint64_t index, std::uint64_t n) const {
    if (n == 0) return 0;
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero((n - 1) | 1);
    for (auto words = block(index);; words = philox4x32_10(words, key_)) {
      if (const std::uint64_t value = join(words[0], words[1]) & mask; value < n) return value;
      if (const std::uint64_t value = join(words[2], words[3]) & mask; value < n) return value;
    }
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static constexpr std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
  static constexpr std::uint64_t join(std::uint32_t low_word, std::uint32_t high_word) {
    return std::uint64_t{high_word} << 32 | low_word;
  }

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 2> base_{};
};

/// Puts the items in random order (Fisher-Yates); every order is equally likely. Uses indices 1 .. size - 1.
constexpr void shuffle(std::span<std::size_t> items, const Random& random) {
  for (std::size_t i = items.size(); i-- > 1;) {
    const auto j = static_cast<std::size_t>(random.below(i, std::uint64_t{i} + 1));
    std::swap(items[i], items[j]);
  }
}

}  // namespace evomlp
