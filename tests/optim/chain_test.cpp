// SPDX-License-Identifier: MIT
// chain(…): the order written, SIMD batches and tails, which elements are whose, and a user's own parts.
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/chain_pass.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/close.hpp"
#include "support/draw.hpp"
#include "support/drive_chain.hpp"
#include "support/guarded.hpp"
#include "support/message_of.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::Draw;
using evomlp_test::drive;
using evomlp_test::Guarded;

namespace {

using Doubles = std::vector<double>;

template <std::size_t n>
using Weights = Linear<n, 1, false>;

// What a user writes: one of each kind.
struct SignSGD {
  double lr = 1e-3;
  static constexpr std::size_t state = 0;
  auto at(Step) const {
    return [rate = lr](auto g, auto) { return select(g > 0, rate, select(g < 0, -rate, 0)); };
  }
};
struct ScaleGradient {
  double factor = 1;
  auto on_gradient(Step) const {
    return [f = factor](auto g, auto) { return f * g; };
  }
};
struct ShiftGradient {
  double by = 0;
  auto on_gradient(Step) const {
    return [b = by](auto g, auto) { return g + b; };
  }
};
struct ScaleUpdate {
  double factor = 1;
  auto on_update(Step) const {
    return [f = factor](auto u, auto) { return f * u; };
  }
};
struct ShiftUpdate {
  double by = 0;
  auto on_update(Step) const {
    return [b = by](auto u, auto) { return u + b; };
  }
};
struct AtLeast {
  double least = 0;
  auto on_weight(Step) const {
    return [l = least](auto w) { return max(w, l); };
  }
};
struct ScaleWeight {
  double factor = 1;
  auto on_weight(Step) const {
    return [f = factor](auto w) { return f * w; };
  }
};
/// Three numbers an element: the last three gradients; moves by the oldest.
struct Delayed {
  double lr = 1;
  static constexpr std::size_t state = 3;
  auto at(Step) const {
    return [rate = lr](auto g, auto, auto& a, auto& b, auto& c) {
      const auto oldest = c;
      c = b;
      b = a;
      a = g;
      return rate * oldest;
    };
  }
};
/// Shows what a policy is told.
struct Told {
  Step* step = nullptr;
  static constexpr bool needs_norm = true;
  auto on_gradient(Step s) const {
    *step = s;
    return [](auto g, auto) { return g; };
  }
};

/// Reads what is told to those alone that ask for it.
struct WeightsOnly {
  auto on_gradient(Step step) const {
    return [factor = step.is_weight() ? 1.0 : 0.0](auto g, auto) { return factor * g; };
  }
};
struct UnitGradient {
  auto on_gradient(Step step) const {
    return [norm = step.gradient_norm()](auto g, auto) { return g / norm; };
  }
};
static_assert(UpdateRule<SignSGD> && UpdateRule<Delayed> && GradientTransform<ScaleGradient> &&
              UpdateTransform<ScaleUpdate> && WeightTransform<AtLeast>);
static_assert(decltype(chain(ClipGradValue{}, Adam{}))::state == 2 && decltype(chain(Momentum{}))::state == 1 &&
              decltype(chain(SGD{}))::state == 0);
static_assert(decltype(chain(ClipGradValue{}, Adam{}))::is_counted &&
              !decltype(chain(ClipGradNorm{}, Adam{}))::is_counted);

}  // namespace

TEST_CASE("policies act in the order written") {
  const Doubles start = {10}, gradient = {3};
  const auto after = [&](auto c) { return drive<Weights<1>, double>(c, start).step(gradient)[0]; };
  CHECK(after(SGD{.lr = 1}) == 7);
  CHECK(after(chain(ScaleGradient{2}, ShiftGradient{1}, SGD{.lr = 1})) == 10 - 7);
  CHECK(after(chain(ShiftGradient{1}, ScaleGradient{2}, SGD{.lr = 1})) == 10 - 8);
  CHECK(after(chain(SGD{.lr = 1}, ScaleUpdate{2}, ShiftUpdate{1})) == 10 - 7);
  CHECK(after(chain(SGD{.lr = 1}, ShiftUpdate{1}, ScaleUpdate{2})) == 10 - 8);
  CHECK(after(chain(SGD{.lr = 1}, ScaleWeight{0.5}, AtLeast{5})) == 5);
  CHECK(after(chain(SGD{.lr = 1}, AtLeast{8}, ScaleWeight{0.5})) == 4);
  CHECK(after(chain(ScaleGradient{2}, SGD{.lr = 1}, ShiftUpdate{1}, ScaleWeight{0.5})) == 1.5);
  CHECK(after(chain(ClipGradValue{1}, ScaleGradient{2}, SGD{.lr = 1}, ClipUpdateValue{1.5})) == 8.5);
  CHECK(after(chain(L2{.lambda = 0.5}, ClipGradValue{4}, SGD{.lr = 1})) == 6);   // 3 + 10, clipped
  CHECK(after(chain(ClipGradValue{4}, L2{.lambda = 0.5}, SGD{.lr = 1})) == -3);  // 3 + 10
}

TEST_CASE("a user's rule of one line and one that remembers three numbers") {
  const Doubles start = {1, 2, 3}, gradient = {5, 0, -7};
  CHECK(drive<Weights<3>, double>(SignSGD{.lr = 0.5}, start).step(gradient) == Doubles{0.5, 2, 3.5});
  auto driver = drive<Weights<3>, double>(Delayed{.lr = 1}, start);
  CHECK(driver.step(Doubles{1, 10, 100}) == start);
  CHECK(driver.step(Doubles{2, 20, 200}) == start);
  CHECK(driver.step(Doubles{3, 30, 300}) == start);
  CHECK(driver.step(Doubles{4, 40, 400}) == Doubles{0, -8, -97});
  CHECK(driver.step(Doubles{5, 50, 500}) == Doubles{-2, -28, -297});
}

TEST_CASE("the rule's settings may change between steps") {
  const Doubles start = {1, 1}, gradient = {1, -1};
  auto driver = drive<Weights<2>, double>(chain(ClipGradValue{1}, SGD{.lr = 0.5}), start);
  driver.step(gradient);
  driver.chain().rule().lr = 0.125;
  CHECK(driver.step(gradient) == Doubles{0.375, 1.625});
  // ProximalL1's threshold is that of the step's lr.
  auto shrink = drive<Weights<2>, double>(chain(SGD{.lr = 0.5}, ProximalL1{.lambda = 1}), start);
  shrink.step(Doubles{0, 0});
  shrink.chain().rule().lr = 0.25;
  CHECK(shrink.step(Doubles{0, 0}) == Doubles{0.25, 0.25});
}

TEST_CASE("what a policy is told of a step") {
  using Net = Sequential<Linear<2, 1>>;
  Step told;
  auto driver = drive<Net, double>(chain(Told{&told}, SGD{.lr = 0.25}), Doubles{1, 2, 3});
  driver.step(Doubles{2, 3, 6});
  CHECK(told.count == 1);
  CHECK(told.lr == 0.25);
  CHECK(told.gradient_norm() == 7);
  driver.step(Doubles{0, 0, 0});
  CHECK(told.count == 2);
  CHECK(told.gradient_norm() == 0);
  CHECK_THROWS_AS(told.parameter(), TrainingError);  // it has asked for the norm alone
}

TEST_CASE("what a policy reads without asking for it is an error, whoever stands beside it") {
  using Net = Sequential<Linear<2, 1>>;
  const Doubles start = {1, 2, 3};
  const auto message = [&](auto c) {
    auto driver = drive<Net, double>(c, start);
    return evomlp_test::message_of<TrainingError>([&] { driver.step(Doubles{2, 3, 6}); });
  };
  const char* const no_parameter =
      "Step::parameter, is_weight: for policies with `static constexpr bool needs_parameter = true`";
  CHECK(message(chain(WeightsOnly{}, SGD{})) == no_parameter);
  CHECK(message(chain(L2{0.5}, WeightsOnly{}, AdamW{})) == no_parameter);
  CHECK(message(chain(ClipGradNorm{}, UnitGradient{}, SGD{})) ==
        "Step::gradient_norm: for policies with `static constexpr bool needs_norm = true`");
}

// --- One formula for every element -----------------------------------------------------------------------------------
namespace {

/// Five steps on [begin, end) of a longer buffer; the rest must stay as it is.
template <class Isa, class T, class... Ps>
std::vector<T> five_steps(const Chain<Ps...>& c, std::size_t begin, std::size_t end) {
  const std::size_t size = end + 5;
  Draw draw(17);
  Guarded<T> weights(size, 1, 0), gradients(size, 3, 0), state(Chain<Ps...>::state * size, 2, 0);
  draw.fill_normal(weights.values());
  std::fill(state.values().begin(), state.values().end(), T(0));
  const std::vector<T> before(weights.values().begin(), weights.values().end());
  for (std::uint64_t step = 1; step <= 5; ++step) {
    draw.fill_normal(gradients.values());
    detail::ChainPass<Isa, T, Ps...> pass(c, step, weights.data(), gradients.data(), state.data(), size);
    ClipCount counts;
    constexpr ParameterInfo matrix{.rank = 2};
    pass.update(begin, end, &matrix, counts);
    if constexpr (Chain<Ps...>::is_counted) REQUIRE(counts.seen == end - begin);
  }
  for (std::size_t i = 0; i < size; ++i)
    if (i < begin || i >= end) {
      REQUIRE(weights[i] == before[i]);
      for (std::size_t k = 0; k < Chain<Ps...>::state; ++k) REQUIRE(state[k * size + i] == 0);
    }
  REQUIRE((weights.intact() && gradients.intact() && state.intact()));
  return {weights.data() + begin, weights.data() + end};
}

/// The body in SIMD batches, the tail one by one, and plain C++ agree to rounding, for every size and beginning.
void check_sizes(auto c) {
  for (std::size_t size = 1; size <= 40; ++size)
    for (const std::size_t begin : {0u, 3u}) {
      CAPTURE(size);
      CAPTURE(begin);
      const auto expected = five_steps<isa::Plain, double>(c, begin, begin + size);
      REQUIRE(difference(five_steps<isa::ThisTarget, double>(c, begin, begin + size), expected) < 1e-14);
      REQUIRE(difference(five_steps<isa::Plain, float>(c, begin, begin + size), expected) < 2e-6);
      REQUIRE(difference(five_steps<isa::ThisTarget, float>(c, begin, begin + size), expected) < 2e-6);
    }
}

}  // namespace

TEST_CASE("body and tail: SGD") { check_sizes(chain(SGD{.lr = 0.1})); }
TEST_CASE("body and tail: Momentum, both forms") {
  check_sizes(chain(Momentum{.lr = 0.1}));
  check_sizes(chain(Momentum{.lr = 0.1, .nesterov = true}));
}
TEST_CASE("body and tail: Adam between clips, then shrunk") {
  check_sizes(chain(ClipGradValue{0.5}, Adam{.lr = 0.01}, ClipUpdateValue{0.009}, ProximalL1{.lambda = 0.1}));
}
TEST_CASE("body and tail: AdamW with decay before it") {
  check_sizes(chain(L1{.lambda = 0.1}, L2{.lambda = 0.1}, AdamW{.lr = 0.01, .weight_decay = 0.1}));
}

// --- Weights, biases, BatchNorm --------------------------------------------------------------------------------------
namespace {

using Mixed = Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, Linear<5, 2>>;
constexpr std::size_t mixed_size = 3 * 5 + 5 + 5 + 5 + 5 * 2 + 2;

/// Whether each element moved in one step with zero gradients.
std::vector<bool> moved(auto c) {
  const Doubles start(mixed_size, 0.75), zero(mixed_size, 0.0);
  auto driver = drive<Mixed, double>(c, start);
  const auto& after = driver.step(zero);
  std::vector<bool> result;
  for (std::size_t i = 0; i < mixed_size; ++i) result.push_back(after[i] != start[i]);
  return result;
}

std::vector<bool> weights_only() {
  std::vector<bool> result(mixed_size, false);
  for (const ParameterInfo& info : parameter_table<Mixed>)
    if (info.trained && info.rank == 2)
      std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(info.offset), info.size, true);
  return result;
}

}  // namespace

TEST_CASE("decay touches weight matrices, and all parameters when asked to") {
  const std::vector<bool> all(mixed_size, true), none(mixed_size, false), weights = weights_only();
  REQUIRE(weights[0]);
  REQUIRE(!weights[15]);              // the first bias
  REQUIRE(!weights[mixed_size - 1]);  // the last
  CHECK(moved(SGD{.lr = 0.1}) == none);
  CHECK(moved(chain(L1{.lambda = 0.1}, SGD{.lr = 0.1})) == weights);
  CHECK(moved(chain(L1{.lambda = 0.1, .all = true}, SGD{.lr = 0.1})) == all);
  CHECK(moved(chain(L2{.lambda = 0.1}, SGD{.lr = 0.1})) == weights);
  CHECK(moved(chain(L2{.lambda = 0.1, .all = true}, SGD{.lr = 0.1})) == all);
  CHECK(moved(chain(SGD{.lr = 0.1}, ProximalL1{.lambda = 0.1})) == weights);
  CHECK(moved(chain(SGD{.lr = 0.1}, ProximalL1{.lambda = 0.1, .all = true})) == all);
  CHECK(moved(AdamW{.weight_decay = 0.1}) == weights);
  CHECK(moved(AdamW{.weight_decay = 0.1, .all = true}) == all);
  CHECK(moved(chain(L2{.lambda = 0.1}, Adam{})) == weights);
  CHECK(moved(Adam{}) == none);
}

TEST_CASE("ClipGradNorm takes the norm over all parameters, however the chain is split") {
  Draw draw(3);
  Doubles start(mixed_size), gradient(mixed_size);
  draw.fill_normal(std::span(start));
  draw.fill_normal(std::span(gradient));
  double squares = 0;
  for (const double g : gradient) squares += g * g;
  const double factor = 0.5 / (std::sqrt(squares) + 1e-6);
  Doubles expected(mixed_size);
  for (std::size_t i = 0; i < mixed_size; ++i) expected[i] = start[i] - 0.1 * factor * gradient[i];
  const auto check = [&](auto c) {
    CHECK(difference(drive<Mixed, double>(c, start).step(gradient), expected) < 1e-15);
  };
  check(chain(ClipGradNorm{0.5}, SGD{.lr = 0.1}));                        // one part
  check(chain(ClipGradNorm{0.5}, SGD{.lr = 0.1}, ClipUpdateValue{100}));  // a part for each layer
  check(chain(ClipGradNorm{0.5}, L2{.lambda = 0}, SGD{.lr = 0.1}));       // a part for each parameter
  check(chain(ClipGradNorm{100}, ClipGradNorm{0.5}, SGD{.lr = 0.1}));     // two, each with its own norm
}

TEST_CASE("ClipGradNorm's norm of many floats is that of their exact squares") {
  using Wide = Linear<1024, 512, false>;
  const std::vector<float> start(Wide::in_features * Wide::out_features), gradient(start.size(), 0.1f);
  const auto after = drive<Wide, float>(chain(ClipGradNorm{1}, SGD{.lr = 1}), start).step(gradient);
  const double expected = 1 / std::sqrt(static_cast<double>(start.size()));
  CHECK(-after[0] == doctest::Approx(expected).epsilon(1e-5));
  CHECK(after.front() == after.back());
}

TEST_CASE("ClipGradNorm: the norm is that of the gradients as they reach it, of weights and biases") {
  using Net = Sequential<Linear<2, 1>>;  // two weights and a bias
  const Doubles start = {1, 2, 5}, gradient = {2, 0, 6};
  // L2 adds w to the two weights: 3, 2, 6, of norm 7.
  const auto after =
      drive<Net, double>(chain(L2{.lambda = 0.5}, ClipGradNorm{3.5}, SGD{.lr = 1}), start).step(gradient);
  const double factor = 3.5 / (7 + 1e-6);
  CHECK(after[0] == doctest::Approx(1 - 3 * factor).epsilon(1e-14));
  CHECK(after[1] == doctest::Approx(2 - 2 * factor).epsilon(1e-14));
  CHECK(after[2] == doctest::Approx(5 - 6 * factor).epsilon(1e-14));
  CHECK(drive<Net, double>(chain(ClipGradNorm{100}, SGD{.lr = 1}), start).step(gradient) ==
        Doubles{-1, 2, -1});  // below: as it is
}
