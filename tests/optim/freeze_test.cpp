// SPDX-License-Identifier: MIT
#include "evomlp/optim/freeze.hpp"

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"
#include "support/group_case.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::check_groups;
using evomlp_test::difference;
using evomlp_test::drive;
using evomlp_test::TwoLayers;

namespace {

using Doubles = std::vector<double>;

constexpr std::size_t frozen = 16;  // parameters of layer 0

/// Numbers whose bits show what touches them.
Doubles start() {
  Doubles w(std::begin(evomlp_reference::group_start), std::end(evomlp_reference::group_start));
  w[0] = -0.0;
  w[1] = std::numeric_limits<double>::denorm_min();
  w[5] = std::numeric_limits<double>::infinity();
  w[15] = 1e-300;
  return w;
}

std::span<const double> gradients(std::size_t step) {
  return std::span<const double>(evomlp_reference::group_gradients).subspan(step * 26, 26);
}

/// Layer 0 keeps every bit, and has no state; layer 1 moves as if it were alone.
void check_frozen(auto... policies) {
  const Doubles begin = start();
  auto with = drive<TwoLayers, double>(chain(Freeze<"0">{}, policies...), begin);
  auto alone = drive<Linear<4, 2>, double>(chain(policies...), std::span(begin).subspan(frozen));
  for (std::size_t step = 0; step < 10; ++step) {
    with.step(gradients(step));
    alone.step(gradients(step).subspan(frozen));
  }
  CHECK(std::memcmp(with.weights().data(), begin.data(), frozen * sizeof(double)) == 0);
  CHECK(difference(std::span(with.weights()).subspan(frozen), alone.weights()) < 1e-14);
  CHECK(difference(alone.weights(), std::span(begin).subspan(frozen)) > 1e-3);
  for (std::size_t number = 0; number < decltype(chain(policies...))::state; ++number)
    for (std::size_t i = 0; i < frozen; ++i) CHECK(with.state(number)[i] == 0);
  CHECK(with.counts()[0].seen == 0);
  CHECK(with.counts()[1].seen == alone.counts()[0].seen);
  CHECK(with.counts()[1].clipped == alone.counts()[0].clipped);
}

}  // namespace

TEST_CASE("frozen parameters keep their bits under every rule, decay and clip, and don't change the others' steps") {
  check_frozen(SGD{.lr = 0.1});
  check_frozen(Momentum{.lr = 0.1});
  check_frozen(Momentum{.lr = 0.1, .nesterov = true});
  check_frozen(Adam{.lr = 0.1});
  check_frozen(AdamW{.lr = 0.1, .weight_decay = 0.5, .all = true});
  check_frozen(L1{.lambda = 0.5, .all = true}, L2{.lambda = 0.5, .all = true}, SGD{.lr = 0.1});
  check_frozen(SGD{.lr = 0.1}, ProximalL1{.lambda = 0.5, .all = true});
  check_frozen(ClipGradValue{0.1}, Adam{.lr = 0.1}, ClipUpdateValue{0.01});
  check_frozen(ClipGradNorm{0.1}, L2{.lambda = 0.5}, ClipGradNorm{0.2}, Momentum{.lr = 0.1});
}

TEST_CASE("norms are over what isn't frozen: agrees with clip_grad_norm_ over the others") {
  check_groups(evomlp_reference::frozen_clip_norm, chain(Freeze<"0">{}, ClipGradNorm{1.0}, Adam{.lr = 0.05}));
  check_groups(evomlp_reference::frozen_clip_norm,
               chain(Freeze<"0.weight", "0.bias">{}, ClipGradNorm{1.0}, Adam{.lr = 0.05}));
  check_groups(evomlp_reference::frozen_one_clip_norm,
               chain(Freeze<"1.bias">{}, ClipGradNorm{1.0}, AdamW{.lr = 0.05, .weight_decay = 0.1, .all = true}));
}

TEST_CASE("thawed, a part moves from where it stands, and its moments begin then") {
  const Doubles begin(26, 1.0), ones(26, 1.0);
  auto driver = drive<TwoLayers, double>(chain(Freeze<"1.weight">{}, Momentum{.lr = 0.5, .momentum = 0.5}), begin);
  driver.step(ones);
  driver.step(ones);
  CHECK(driver.weights()[16] == 1);
  CHECK(driver.weights()[0] == 1 - 0.5 - 0.75);
  std::get<0>(driver.chain().policies).on = false;
  driver.step(ones);
  CHECK(driver.weights()[16] == 0.5);
  CHECK(driver.weights()[23] == 0.5);
  CHECK(driver.weights()[0] == 1 - 0.5 - 0.75 - 0.875);
  std::get<0>(driver.chain().policies).on = true;
  driver.step(ones);
  CHECK(driver.weights()[16] == 0.5);
}

TEST_CASE("everything or nothing may be frozen") {
  const Doubles begin = start();
  auto all = drive<TwoLayers, double>(chain(Freeze<"0", "1">{}, ClipGradNorm{1.0}, Adam{.lr = 0.1}), begin);
  all.step(gradients(0));
  CHECK(std::memcmp(all.weights().data(), begin.data(), begin.size() * sizeof(double)) == 0);
  auto none = drive<TwoLayers, double>(chain(Freeze<>{}, Adam{.lr = 0.1}), begin);
  auto plain = drive<TwoLayers, double>(Adam{.lr = 0.1}, begin);
  none.step(gradients(0));
  plain.step(gradients(0));
  for (const std::size_t i : {0u, 1u, 15u, 16u, 25u}) CHECK(none.weights()[i] == doctest::Approx(plain.weights()[i]));
}

TEST_CASE("a path is a whole key, or its beginning up to a dot") {
  const auto updates = []<class F>(F freeze, const char* key) { return freeze.updates({.key = key}); };
  CHECK(!updates(Freeze<"1">{}, "1.weight"));
  CHECK(updates(Freeze<"1">{}, "10.weight"));
  CHECK(updates(Freeze<"1.w">{}, "1.weight"));
  CHECK(!updates(Freeze<"2", "1">{}, "1.bias"));
  CHECK(!updates(Freeze<"2.body">{}, "2.body.0.weight"));
  CHECK(updates(Freeze<"2.body">{}, "2.shortcut.weight"));
  CHECK(!updates(Freeze<"weight">{}, "weight"));
  CHECK(updates(Freeze<"1">{.on = false}, "1.weight"));
  using Net = Sequential<Linear<2, 3>, ResidualBlock<1, Linear<3, 3>, BatchNorm1d<3>>>;
  static_assert(Freeze<"0", "1", "1.body", "1.body.0", "1.body.0.bias", "1.body.1.weight">::fits<Net>());
  static_assert(!Freeze<"2">::fits<Net>() && !Freeze<"0", "1.bod">::fits<Net>() && !Freeze<"">::fits<Net>());
  static_assert(!Freeze<"1.body.1.running_mean">::fits<Net>());  // no rule updates it anyway
  static_assert(Freeze<"weight">::fits<Linear<2, 3>>() && ParameterFilter<Freeze<"0">>);
}

TEST_CASE(
    "in training: a frozen layer of a net keeps its parameters; its running statistics move, gradients are there") {
  using Net = Sequential<Linear<3, 4>, BatchNorm1d<4>, Linear<4, 1>>;
  const auto data = evomlp_test::two_sides<float>(16, 3);
  Model<Net> model(init::he_normal(), 1);
  const Model<Net> before = model;
  State state(model, chain(Freeze<"0", "1">{}, Adam{.lr = 0.1}), {.max_batch = 16});
  for (int step = 0; step < 3; ++step) train_step(model, state, MSELoss{}, data.x, data.y);
  const auto same = [&](std::size_t first, std::size_t size) {
    return std::memcmp(&model.parameters()[first], &before.parameters()[first], size * sizeof(float)) == 0;
  };
  CHECK(same(0, 16 + 8));
  CHECK(!same(24, 4));
  CHECK(!same(28, 1));
  CHECK(!std::equal(model.buffers().begin(), model.buffers().end(), before.buffers().begin()));
  CHECK(evomlp_test::largest(state.gradients().subspan(0, 12)) > 0);
}
