// SPDX-License-Identifier: MIT
// Clips, and the counters of what they did.
#include "evomlp/optim/clip.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/net/parameter.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"
#include "support/batch.hpp"
#include "support/drive_chain.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::drive;

namespace {

using Net = Linear<7, 1, false>;
using Doubles = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

// The loss is the sum of the outputs, so that dL/dW of a Linear layer with one sample is that sample.
struct Sum {
  static auto value(auto y, auto) { return y; }
  static auto slope(auto, auto) { return 1; }
  double scale(double, double) const { return 1; }
};

template <class T>
ClipCount count_of(auto c, const Doubles& gradient) {
  auto driver = drive<Net, T>(c, Doubles(7, 1.0));
  driver.step(gradient);
  REQUIRE(driver.counts().size() == 1);
  return driver.counts()[0];
}

void check(const ClipCount& count, std::uint64_t seen, std::uint64_t clipped, std::uint64_t nan) {
  CHECK(count.seen == seen);
  CHECK(count.clipped == clipped);
  CHECK(count.nan == nan);
}

}  // namespace

TEST_CASE("ClipGradValue clips to +-max and keeps what is inside, a NaN too") {
  auto driver = drive<Net, double>(chain(ClipGradValue{0.5}, SGD{.lr = 1}), Doubles(7, 0.0));
  const auto after = driver.step(Doubles{0.25, -0.5, 0.5, 3, -4, infinity, not_a_number});
  CHECK(Doubles(after.begin(), after.end() - 1) == Doubles{-0.25, 0.5, -0.5, -0.5, 0.5, -0.5});
  CHECK(std::isnan(after[6]));
}

TEST_CASE("three of seven above the limit are 3/7") {
  const Doubles gradient = {0.1, -2, 0.5, 1.5, -0.5, 0, 7};
  check(count_of<double>(chain(ClipGradValue{1}, SGD{}), gradient), 7, 3, 0);
  check(count_of<float>(chain(ClipGradValue{1}, SGD{}), gradient), 7, 3, 0);
  CHECK(count_of<double>(chain(ClipGradValue{1}, SGD{}), gradient).share() == 3.0 / 7);
  check(count_of<double>(chain(ClipGradValue{1}, Adam{}), gradient), 7, 3, 0);
  check(count_of<double>(chain(ClipGradValue{1}, L2{}, Momentum{}), gradient), 7, 3, 0);
  CHECK(ClipCount{}.share() == 0);
}

TEST_CASE("what is exactly at the limit is not clipped; an infinity is") {
  check(count_of<double>(chain(ClipGradValue{1}, SGD{}), {1, -1, 0, infinity, -infinity, 1.0000001, 0.9999999}), 7, 3,
        0);
}

TEST_CASE("a NaN is counted apart") {
  check(count_of<double>(chain(ClipGradValue{1}, SGD{}), {0.1, -2, not_a_number, 1.5, -0.5, 0, 7}), 7, 3, 1);
  check(count_of<float>(chain(ClipGradValue{1}, SGD{}), {not_a_number, not_a_number, not_a_number, 0, -0.5, 0, 7}), 7,
        1, 3);
  check(count_of<float>(chain(ClipGradValue{1}, SGD{}), {7, 0, 0, 0, 0, 0, not_a_number}), 7, 1, 1);
  check(count_of<double>(chain(SGD{.lr = 1}, ClipUpdateValue{1}), {0.1, -2, not_a_number, 1.5, -0.5, 0, 7}), 7, 3, 1);
}

TEST_CASE("ClipUpdateValue clips the step and leaves the rule's state alone") {
  auto driver = drive<Net, double>(chain(Momentum{.lr = 0.5, .momentum = 0.5}, ClipUpdateValue{1}), Doubles(7, 0.0));
  const Doubles gradient = {1, 2, 3, -8, 0, 4, -2};
  driver.step(gradient);
  CHECK(driver.weights() == Doubles{-0.5, -1, -1, 1, 0, -1, 1});
  CHECK(Doubles(driver.state(0).begin(), driver.state(0).end()) == gradient);
  check(driver.counts()[0], 7, 3, 0);  // 3, -8 and 4: half of them is above 1
  driver.step(Doubles(7, 0.0));        // v is half the gradient, the step a quarter of it
  CHECK(driver.weights() == Doubles{-0.75, -1.5, -1.75, 2, 0, -2, 1.5});
  check(driver.counts()[0], 14, 4, 0);
}

TEST_CASE("an element that two clips change is clipped once") {
  // 4 is clipped to 2, then its step to 1.5; 1.75 only by the second, -2.5 by both.
  const Doubles gradient = {4, 1.75, -2.5, 0, 1, -1, 0.5};
  const auto count = count_of<double>(chain(ClipGradValue{2}, SGD{.lr = 1}, ClipUpdateValue{1.5}), gradient);
  check(count, 7, 3, 0);
  CHECK(count.share() <= 1);
  check(count_of<double>(chain(ClipGradValue{2}, SGD{.lr = 1}, ClipUpdateValue{1.5}), {not_a_number, 4, 0, 0, 0, 0, 0}),
        7, 1, 1);
}

TEST_CASE("other policies count nothing") {
  check(count_of<double>(chain(ClipGradNorm{0.1}, SGD{}), {1, 2, 3, 4, 5, 6, 7}), 0, 0, 0);
}

TEST_CASE("counters in a State: for each layer and all together, summed over steps, and reset") {
  using Two = Sequential<Linear<7, 1, false>, Linear<1, 2, false>>;
  Model<Two, double> model;
  auto second = parameter<"1.weight">(model);
  second(0, 0) = 1;  // (1, 0): dL/dh = 1
  State state(model, chain(ClipGradValue{1}, SGD{.lr = 0}), {.max_batch = 1});
  REQUIRE(state.clip_counts().size() == 2);
  CHECK(state.clip_count().seen == 0);
  const auto x = evomlp_test::batch<double>(1, 7, {0.1, -2, 0.5, 1.5, -0.5, 0, 7}),
             y = evomlp_test::batch<double>(1, 2, {0, 0});
  train_step(model, state, Sum{}, x, y);
  check(state.clip_counts()[0], 7, 3, 0);
  check(state.clip_counts()[1], 2, 0, 0);  // h = 0
  check(state.clip_count(), 9, 3, 0);
  CHECK(state.clip_counts()[0].share() == 3.0 / 7);
  CHECK(state.clip_count().share() == 3.0 / 9);
  train_step(model, state, Sum{}, x, y);
  check(state.clip_count(), 18, 6, 0);
  state.reset_clip_counts();
  check(state.clip_count(), 0, 0, 0);
  CHECK(state.clip_counts().size() == 2);
  train_step(model, state, Sum{}, x, y);
  check(state.clip_count(), 9, 3, 0);
  State uncounted(model, SGD{}, {.max_batch = 1});
  CHECK(uncounted.clip_counts().empty());
}

TEST_CASE("ClipGradNorm clips gradients whose squares float can't hold") {
  for (const double large : {1e18, 2e19, 1e30, 1e38}) {
    CAPTURE(large);
    Doubles gradient(40, 0.0);
    gradient[3] = large;   // in whole batches
    gradient[39] = large;  // in the tail
    auto driver = drive<Linear<40, 1, false>, float>(chain(ClipGradNorm{1.0}, SGD{.lr = 1}), Doubles(40, 0.0));
    const auto weights = driver.step(gradient);
    CHECK(weights[3] == doctest::Approx(-std::sqrt(0.5)));
    CHECK(weights[39] == doctest::Approx(-std::sqrt(0.5)));
    CHECK(weights[0] == 0);
  }
}

TEST_CASE("ClipGradNorm: where the norm is no number, no gradient is") {
  auto driver = drive<Linear<2, 1, false>, double>(chain(ClipGradNorm{1.0}, SGD{.lr = 1}), Doubles{0, 0});
  const auto weights = driver.step(Doubles{std::nan(""), 1e6});
  CHECK(std::isnan(weights[0]));
  CHECK(std::isnan(weights[1]));
}
