// SPDX-License-Identifier: MIT
// One seed, several streams: each can be varied alone, and what one run draws disturbs no other.
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>

using namespace evomlp;
using evomlp_test::same_bits;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 8>, ReLU, Dropout<0.3>, Linear<8, 1>>;
using NoDropout = Sequential<Linear<3, 8>, ReLU, Linear<8, 1>>;

template <class N = Net>
Model<N> trained(FitOptions options, std::uint64_t start = 1) {
  static const auto data = two_sides<float>(40, 3);
  Model<N> model(init::he_normal(), start);
  options.epochs = 3;
  options.batch_size = 8;
  fit(model, data, BCEWithLogitsLoss{}, Adam{}, options);
  return model;
}

}  // namespace

TEST_CASE("`seed` is that of both streams") {
  CHECK(same_bits(trained({.seed = 5}), trained({.shuffle_seed = 5, .dropout_seed = 5})));
  CHECK(!same_bits(trained({.seed = 5}), trained({.seed = 6})));
}

TEST_CASE("the shuffle alone") {
  CHECK(!same_bits(trained({.seed = 5}), trained({.seed = 5, .shuffle_seed = 6})));
  CHECK(!same_bits(trained<NoDropout>({.seed = 5}), trained<NoDropout>({.seed = 5, .shuffle_seed = 6})));
  // Without shuffles its seed changes nothing: the masks are those of before.
  CHECK(same_bits(trained({.seed = 5, .shuffle = false}), trained({.seed = 5, .shuffle = false, .shuffle_seed = 6})));
}

TEST_CASE("the dropout masks alone") {
  CHECK(!same_bits(trained({.seed = 5}), trained({.seed = 5, .dropout_seed = 6})));
  CHECK(same_bits(trained<NoDropout>({.seed = 5}), trained<NoDropout>({.seed = 5, .dropout_seed = 6})));
}

TEST_CASE("two models trained by turns, or at the same time, are those trained one after the other") {
  const auto data = two_sides<float>(40, 3);
  const Model<Net> first = trained({.seed = 5}, 1), second = trained({.seed = 6}, 2);
  Model<Net> a(init::he_normal(), 1), b(init::he_normal(), 2);
  std::thread other([&] { b = trained({.seed = 6}, 2); });
  a = trained({.seed = 5}, 1);
  other.join();
  CHECK(same_bits(a, first));
  CHECK(same_bits(b, second));

  const auto by_turns = [&](bool together) {
    Model<Net> p(init::he_normal(), 1), q(init::he_normal(), 2);
    State at_p(p, Adam{}, {.max_batch = 40, .seed = 1}), at_q(q, Adam{}, {.max_batch = 40, .seed = 2});
    for (int step = 0; step < 5; ++step) {
      train_step(p, at_p, BCEWithLogitsLoss{}, data.x, data.y);
      if (together) train_step(q, at_q, BCEWithLogitsLoss{}, data.x, data.y);
    }
    return p;
  };
  CHECK(same_bits(by_turns(true), by_turns(false)));
}
