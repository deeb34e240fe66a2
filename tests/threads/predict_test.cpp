// SPDX-License-Identifier: MIT
// labels: thread
// One const model, several threads, a workspace each: run under ThreadSanitizer too.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

using namespace evomlp;
using evomlp_test::normal_batch;

namespace {

using Net = Sequential<Linear<6, 17>, BatchNorm1d<17>, ReLU, Repeat<2, ResidualBlock<0.5, Linear<17, 17>, GELU>>,
                       Dropout<0.5>, HighwayBlock<Softmax, Linear<17, 17>>, Linear<17, 3>>;

/// Every form of predict on its own share of the data, twice over.
std::vector<float> everything(const Model<Net>& model, std::size_t who) {
  std::vector<float> results;
  Workspace<Net> workspace(40);
  for (int round = 0; round < 2; ++round) {
    const auto x = normal_batch<float>(40, 6, who);
    const auto add = [&](const auto& numbers) {
      for (const auto v : numbers) results.push_back(static_cast<float>(v));
    };
    add(predict(model, x, workspace));
    add(predict(model, x));
    add(predict_proba(model, x));
    add(predict_class(model, x));
    add(walk(model, workspace, x, [](auto&&...) {}));
    for (std::size_t i = 0; i < 40; ++i) {
      std::array<float, 6> one;
      std::copy_n(x.data() + i * 6, 6, one.begin());
      std::array<float, 3> out;
      predict(model, one, out);
      add(out);
    }
    add(parameter(model, "0.weight"));
  }
  return results;
}

}  // namespace

TEST_CASE("predict from four threads on one const model gives the bits of a single thread") {
  const Model<Net> model(init::he_normal(), 1);
  std::array<std::vector<float>, 4> alone, together;
  for (std::size_t who = 0; who < 4; ++who) alone[who] = everything(model, who);
  CHECK(alone[0] != alone[1]);
  {
    std::vector<std::thread> threads;
    for (std::size_t who = 0; who < 4; ++who)
      threads.emplace_back([&, who] { together[who] = everything(model, who); });
    for (auto& thread : threads) thread.join();
  }
  for (std::size_t who = 0; who < 4; ++who) CHECK(together[who] == alone[who]);
}

TEST_CASE("Training in four threads, a model and a state each, gives the bits of a single thread") {
  const auto train = [](std::uint64_t seed) {
    Model<Net> model(init::he_normal(), seed);
    State state(model, chain(ClipGradNorm{1.0}, Adam{}), {.max_batch = 16, .seed = seed});
    const auto x = normal_batch<float>(16, 6, seed), y = normal_batch<float>(16, 3, seed + 100);
    for (int i = 0; i < 5; ++i) train_step(model, state, MSELoss{}, x, y);
    return model;
  };
  std::array<Model<Net>, 4> together;
  {
    std::vector<std::thread> threads;
    for (std::size_t who = 0; who < 4; ++who) threads.emplace_back([&, who] { together[who] = train(who); });
    for (auto& thread : threads) thread.join();
  }
  for (std::size_t who = 0; who < 4; ++who) CHECK(together[who] == train(who));
}
