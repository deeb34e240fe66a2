// SPDX-License-Identifier: MIT
// The rows of each step, without a network.
#include "evomlp/train/epoch_order.hpp"

#include "evomlp/core/random.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using evomlp::ByBlocks;
using evomlp::Random;
using evomlp::Shuffle;
using evomlp::Stream;
using evomlp::TrainingError;
using evomlp::detail::EpochOrder;
using evomlp_test::message_of;

namespace {

using Rows = std::vector<std::size_t>;

std::size_t steps_of(std::size_t samples, std::size_t batch) { return (samples + batch - 1) / batch; }

/// All steps of an epoch, one after the other; from `step` on.
Rows epoch_of(EpochOrder& order, std::size_t samples, std::size_t batch, int epoch = 0, std::size_t step = 0) {
  Rows all;
  order.begin(epoch);
  for (; step < steps_of(samples, batch); ++step) {
    const auto rows = order.rows(step);
    REQUIRE(rows.size() == (std::min)(batch, samples - step * batch));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

Rows counted(std::size_t samples) {
  Rows rows(samples);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

}  // namespace

TEST_CASE("the full shuffle has the bits it always had") {
  for (const std::size_t batch : {1u, 7u, 32u, 103u}) {
    EpochOrder order(true, 9, 103, batch);
    for (const int epoch : {0, 1, 7}) {
      Rows expected = counted(103);
      evomlp::shuffle(expected, Random(9, Stream::shuffle, static_cast<std::uint64_t>(epoch)));
      CHECK(epoch_of(order, 103, batch, epoch) == expected);
    }
  }
}

TEST_CASE("in the order of the data") {
  for (const std::size_t batch : {1u, 7u, 103u}) {
    EpochOrder order(false, 9, 103, batch);
    CHECK(epoch_of(order, 103, batch) == counted(103));
    CHECK(epoch_of(order, 103, batch, 1) == counted(103));
  }
}

TEST_CASE("by blocks: every row once, a window's blocks together, another order in every epoch") {
  for (const std::size_t samples : {1u, 99u, 100u, 101u, 256u})
    for (const ByBlocks blocks : {ByBlocks{10, 3}, ByBlocks{1, 1}, ByBlocks{1, 40}, ByBlocks{7, 1}, ByBlocks{50, 2}}) {
      CAPTURE(samples);
      CAPTURE(blocks.rows);
      CAPTURE(blocks.window);
      Rows first;
      for (const std::size_t batch : {std::size_t{1}, std::size_t{8}, std::size_t{64}, samples}) {
        EpochOrder order(blocks, 5, samples, batch);
        const Rows rows = epoch_of(order, samples, batch);
        if (first.empty()) first = rows;
        CHECK(rows == first);  // how it is cut into batches changes nothing
        CHECK(epoch_of(order, samples, batch) == first);
        if (samples > 50) CHECK(epoch_of(order, samples, batch, 1) != first);
      }
      Rows sorted = first;
      std::sort(sorted.begin(), sorted.end());
      CHECK(sorted == counted(samples));
    }

  EpochOrder order({ByBlocks{10, 3}}, 5, 200, 16);
  const Rows rows = epoch_of(order, 200, 16);
  std::vector<bool> seen(20);
  for (std::size_t window = 0; window < 200; window += 30) {
    const Rows part(rows.begin() + static_cast<std::ptrdiff_t>(window),
                    rows.begin() + static_cast<std::ptrdiff_t>((std::min)(window + 30, rows.size())));
    CHECK(!std::is_sorted(part.begin(), part.end()));
    Rows blocks;
    for (const std::size_t row : part) blocks.push_back(row / 10);
    std::sort(blocks.begin(), blocks.end());
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    CHECK(blocks.size() == part.size() / 10);
    for (const std::size_t block : blocks) {
      CHECK(!seen[block]);
      seen[block] = true;
    }
  }
}

TEST_CASE("one window of all blocks is the full shuffle") {
  EpochOrder full(true, 3, 100, 8);
  const Rows expected = epoch_of(full, 100, 8, 4);
  for (const ByBlocks blocks : {ByBlocks{100, 1}, ByBlocks{1000, 2}, ByBlocks{10, 10}, ByBlocks{7, 15},
                                ByBlocks{(std::numeric_limits<int>::max)(), (std::numeric_limits<int>::max)()}}) {
    EpochOrder order(blocks, 3, 100, 8);
    CHECK(epoch_of(order, 100, 8, 4) == expected);
  }
  EpochOrder less({ByBlocks{10, 9}}, 3, 100, 8);
  CHECK(epoch_of(less, 100, 8, 4) != expected);
}

TEST_CASE("every row is as likely in every place") {
  // 12 rows in blocks of 2, windows of 2 blocks: over many seeds each row comes first equally often.
  std::vector<int> times_first(12);
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    EpochOrder order({ByBlocks{2, 2}}, seed, 12, 4);
    order.begin(0);
    ++times_first[order.rows(0)[0]];
  }
  for (const int times : times_first) CHECK((times > 400 && times < 600));  // 500, standard deviation 21
}

TEST_CASE("from the middle of an epoch the rest is the same") {
  for (const Shuffle& shuffle : {Shuffle(true), Shuffle(false), Shuffle(ByBlocks{5, 3}), Shuffle(ByBlocks{3, 1})}) {
    EpochOrder whole(shuffle, 1, 97, 8);
    const Rows rows = epoch_of(whole, 97, 8, 2);
    for (const std::size_t step : {1u, 5u, 11u, 12u}) {
      EpochOrder rest(shuffle, 1, 97, 8);
      CHECK(epoch_of(rest, 97, 8, 2, step) == Rows(rows.begin() + static_cast<std::ptrdiff_t>(8 * step), rows.end()));
    }
  }
}

TEST_CASE("rows are announced before they come, and once") {
  const auto announced_in = [](const Shuffle& shuffle, std::size_t samples, std::size_t batch, std::size_t step = 0) {
    EpochOrder order(shuffle, 1, samples, batch);
    std::vector<int> announced(samples);
    order.begin(0);
    for (; step < steps_of(samples, batch); ++step) {
      order.rows(step);
      order.announce(step, [&](std::size_t first, std::size_t count) {
        REQUIRE(first + count <= samples);
        for (std::size_t row = first; row < first + count; ++row) ++announced[row];
      });
      if (step + 1 < steps_of(samples, batch))
        for (const std::size_t row : order.rows(step + 1)) CHECK(announced[row] == 1);
    }
    return announced;
  };
  CHECK(announced_in(ByBlocks{5, 3}, 97, 4) == std::vector<int>(97, 1));
  announced_in(ByBlocks{5, 3}, 120, 40);  // batches larger than windows
  announced_in(ByBlocks{1, 2}, 97, 11);
  announced_in(ByBlocks{5, 3}, 97, 4, 17);  // from the middle of an epoch
  for (const bool shuffled : {true, false}) {
    const auto announced = announced_in(shuffled, 97, 8);
    CHECK(announced == std::vector<int>(97, 1));
    announced_in(shuffled, 97, 97);
  }
}

TEST_CASE("2^40 samples: in order and by blocks; what can't be held is refused by name") {
  if constexpr (sizeof(std::size_t) == 8) {
    const std::uint64_t samples = std::uint64_t{1} << 40;
    EpochOrder ordered(false, 1, samples, 4);
    ordered.begin(0);
    CHECK(ordered.rows(1)[3] == 7);
    EpochOrder blocks({ByBlocks{1 << 22, 1}}, 1, samples, 4);
    blocks.begin(0);
    CHECK(blocks.rows(0)[0] < samples);
  }
  const std::size_t beyond = (std::numeric_limits<std::size_t>::max)() / 4;
  CHECK(message_of<TrainingError>([&] { EpochOrder(true, 1, beyond, 4); }) ==
        "fit: there is no memory for a random order of " + std::to_string(beyond) +
            " samples; set .shuffle = ByBlocks{}, with larger blocks or a smaller window");
}
