// SPDX-License-Identifier: MIT
// fit with each order of the samples, and what it says of the order to a source that wants to know.
#include "evomlp/train/shuffle.hpp"

#include "evomlp/callbacks/checkpoint.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/epoch_order.hpp"
#include "evomlp/train/fit.hpp"
#include "support/temporary_folder.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::same_bits;

static_assert(Shuffle() == Shuffle(true) && Shuffle(true) && !Shuffle(false) && Shuffle(ByBlocks{}));
static_assert(Shuffle(ByBlocks{}) != Shuffle(true) && Shuffle(ByBlocks{.rows = 2}) != Shuffle(ByBlocks{}));

namespace {

using Net = Sequential<Linear<1, 4>, Linear<4, 1>>;

/// y = x = row / 100; remembers what it was asked for and told.
struct Listener {
  using value_type = float;
  using target_type = float;
  std::size_t samples = 0;
  mutable std::vector<std::size_t> gathered{};
  mutable std::vector<bool> announced = std::vector<bool>(samples);

  std::size_t size() const { return samples; }
  std::size_t features() const { return 1; }
  std::size_t outputs() const { return 1; }
  void gather(std::span<const std::size_t> rows, float* x, float* y) const {
    gathered.insert(gathered.end(), rows.begin(), rows.end());
    for (const std::size_t row : rows) *x++ = *y++ = static_cast<float>(row) / 100;
  }
  void prefetch(std::size_t first, std::size_t count) const {
    REQUIRE(first + count <= samples);
    for (std::size_t row = first; row < first + count; ++row) announced[row] = true;
  }
};

/// Throws in the middle of an epoch.
struct Crash {
  int after;
  void on_step(const StepReport&) {
    if (after-- == 0) throw std::runtime_error("crash");
  }
};

const ByBlocks blocks{.rows = 5, .window = 3};

History train(Model<Net>& model, const auto& source, FitOptions options, auto&&... extras) {
  options.epochs = 3;
  options.batch_size = 8;
  return fit(model, source, MSELoss{}, Adam{}, options, extras...);
}

Model<Net> start(std::uint64_t seed = 1) { return Model<Net>(init::he_normal(), seed); }

}  // namespace

TEST_CASE("fit takes the rows of EpochOrder, and tells of them before") {
  for (const Shuffle& shuffle : {Shuffle(true), Shuffle(false), Shuffle(blocks)})
    for (const bool drop_last : {false, true}) {
      const Listener source{97}, validation{600};
      Model<Net> model = start();
      train(model, source, {.validation = &validation, .seed = 4, .shuffle = shuffle, .drop_last = drop_last});
      std::vector<std::size_t> expected;
      detail::EpochOrder order(shuffle, 4, 97, 8);
      for (int epoch = 0; epoch < 3; ++epoch) {
        order.begin(epoch);
        for (std::size_t step = 0; step < (drop_last ? 12u : 13u); ++step)
          for (const std::size_t row : order.rows(step)) expected.push_back(row);
      }
      CHECK(source.gathered == expected);
      CHECK(source.announced == std::vector<bool>(97, true));
      // evaluate reads in order, and tells of all but its first rows.
      CHECK(validation.gathered.size() == 3 * 600);
      CHECK(validation.gathered[599] == 599);
      CHECK(validation.announced[599]);
      CHECK(!validation.announced[0]);
    }
}

TEST_CASE("by blocks: interrupted and resumed is uninterrupted, bit for bit") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.ckpt";
  const Listener source{97};
  Model<Net> whole = start();
  const FitOptions options{.seed = 4, .shuffle = blocks};
  const History history = train(whole, source, options);
  for (const int crash : {1, 12, 13, 20, 38}) {
    Model<Net> model = start(), resumed = start(9);
    CHECK_THROWS(train(model, source, options, Crash{crash}, Checkpoint{.path = file, .every_steps = 1}));
    FitOptions rest = options;
    rest.resume = file;
    CHECK(train(resumed, source, rest, Checkpoint{.path = file}).loss == history.loss);
    CHECK(same_bits(resumed, whole));
  }

  Model<Net> model = start();
  const auto refused = [&](const Shuffle& other) {
    return message_of<TrainingError>([&] { train(model, source, {.seed = 4, .shuffle = other, .resume = file}); });
  };
  CHECK(contains(refused(ByBlocks{.rows = 6, .window = 3}),
                 "another number of rows in a block of the shuffle: 5 there, 6 here"));
  CHECK(contains(refused(ByBlocks{.rows = 5, .window = 2}),
                 "another number of blocks in a window of the shuffle: 3 there, 2 here"));
  CHECK(contains(refused(true), "another number of rows in a block of the shuffle: 5 there, 0 here"));
  CHECK(contains(refused(false), "another shuffle: 1 there, 0 here"));
  CHECK(same_bits(model, start()));

  // Without blocks a checkpoint has no word of them: as those of versions that didn't know them.
  train(model, source, {.seed = 4}, Checkpoint{.path = file});
  const auto bytes = read_file(file);
  const TensorFile content(bytes, "run.ckpt");
  CHECK(content.find("run.shuffle") != nullptr);
  CHECK(content.find("run.block_rows") == nullptr);
  CHECK(contains(refused(blocks), "another number of rows in a block of the shuffle: 0 there, 5 here"));
}

TEST_CASE("invalid blocks") {
  const Listener source{10};
  Model<Net> model = start();
  const auto refused = [&](const ByBlocks& shuffle) {
    return message_of<TrainingError>([&] { train(model, source, {.shuffle = shuffle}); });
  };
  CHECK(refused({.rows = 0}) == "fit: shuffle: ByBlocks::rows is 0, expected at least 1");
  CHECK(refused({.window = -1}) == "fit: shuffle: ByBlocks::window is -1, expected at least 1");
}
