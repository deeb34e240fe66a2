// SPDX-License-Identifier: MIT
#include "evomlp/optim/switch_after.hpp"

#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/by_parameter.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/schedulers/cosine_annealing_lr.hpp"
#include "evomlp/schedulers/step_lr.hpp"
#include "evomlp/train/fit.hpp"
#include "support/draw.hpp"
#include "support/group_case.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::drive;
using evomlp_test::TwoLayers;

namespace {

using Net = Linear<16, 3>;  // 51 elements: whole SIMD batches and a tail
using Doubles = std::vector<double>;

Doubles drawn(std::uint64_t seed) {
  Doubles values(51);
  evomlp_test::Draw(seed).fill_normal(std::span(values));
  return values;
}

/// Equal bits, but with FMA, which the compiler may use in the one and not in the other: then to rounding.
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if constexpr (isa::ThisTarget::has_fma)
    return evomlp_test::difference(a, b) < (sizeof(T) == 8 ? 1e-14 : 1e-6);
  else
    return a == b;
}

/// `first` for four steps, then `second` anew on the weights that it left; with the rates times a factor in each step.
template <class T>
void check(auto first, auto second) {
  const auto factor = [](std::uint64_t step) { return step % 3 == 1 ? 0.5 : 1.0; };
  auto switched = drive<Net, T>(switch_after(4, first, second), drawn(0));
  auto early = drive<Net, T>(first, drawn(0));
  for (std::uint64_t step = 1; step <= 4; ++step) {
    switched.chain().rule().lr = first.lr * factor(step);
    early.chain().rule().lr = first.lr * factor(step);
    CHECK(same(switched.step(drawn(step)), early.step(drawn(step))));
  }
  auto late = drive<Net, T>(second, early.weights());
  for (std::uint64_t step = 5; step <= 12; ++step) {
    switched.chain().rule().lr = first.lr * factor(step);
    late.chain().rule().lr = second.lr * factor(step);
    CHECK(same(switched.step(drawn(step)), late.step(drawn(step))));
  }
}

/// Steps of length 1 (normalised gradient descent).
struct NormalisedSGD {
  double lr = 1;
  static constexpr std::size_t state = 0;
  static constexpr bool needs_norm = true;
  auto at(Step step) const {
    return [rate = lr / step.gradient_norm()](auto g, auto) { return rate * g; };
  }
};

}  // namespace

static_assert(UpdateRule<decltype(switch_after(1, Adam{}, Momentum{}))>);
static_assert(decltype(switch_after(1, Adam{}, Momentum{}))::state == 3);
static_assert(decltype(switch_after(1, SGD{}, SGD{}))::state == 0);

TEST_CASE("first the one rule, then the other as if it began there, with schedules of both") {
  check<float>(Adam{.lr = 1e-2}, SGD{.lr = 0.1});
  check<double>(Adam{.lr = 1e-2}, SGD{.lr = 0.1});
  check<float>(Adam{.lr = 1e-2}, Momentum{.lr = 0.1});
  check<double>(Adam{.lr = 1e-2}, Momentum{.lr = 0.1, .nesterov = true});
  check<double>(SGD{.lr = 0.1}, Adam{.lr = 1e-2});  // its bias correction counts from the switch
  check<double>(Adam{.lr = 1e-2}, Adam{.lr = 1e-3, .beta1 = 0.5});
  check<double>(AdamW{.lr = 1e-2, .weight_decay = 0.5}, AdamW{.lr = 1e-3, .weight_decay = 0.1});
}

TEST_CASE("after no steps, after more steps than there are, and when a callback says so") {
  auto at_once = drive<Net, double>(switch_after(0, Adam{}, SGD{.lr = 0.1}), drawn(0));
  auto second = drive<Net, double>(SGD{.lr = 0.1}, drawn(0));
  auto never = drive<Net, double>(switch_after((std::numeric_limits<std::uint64_t>::max)(), Adam{}, SGD{}), drawn(0));
  auto first = drive<Net, double>(Adam{}, drawn(0));
  for (std::uint64_t step = 1; step < 4; ++step) {
    CHECK(same(at_once.step(drawn(step)), second.step(drawn(step))));
    CHECK(same(never.step(drawn(step)), first.step(drawn(step))));
  }
  never.chain().rule().steps = 3;  // steps taken so far
  auto later = drive<Net, double>(SGD{}, first.weights());
  CHECK(same(never.step(drawn(4)), later.step(drawn(4))));
}

TEST_CASE("AdamW inside still tells weights from biases") {
  const Doubles ones(51, 1.0), zero(51, 0.0);
  auto driver = drive<Net, double>(switch_after(1, AdamW{.lr = 0.1, .weight_decay = 0.5}, SGD{}), ones);
  driver.step(zero);
  CHECK(driver.weights()[47] == doctest::Approx(0.95));
  CHECK(driver.weights()[48] == 1);  // a bias
}

TEST_CASE("ProximalL1's threshold uses the rate of the rule that steps") {
  const Doubles ones(51, 1.0), zero(51, 0.0);
  auto driver =
      drive<Net, double>(chain(switch_after(1, SGD{.lr = 0.5}, SGD{.lr = 0.125}), ProximalL1{.lambda = 0.5}), ones);
  CHECK(driver.step(zero)[0] == 0.75);
  CHECK(driver.step(zero)[0] == 0.6875);
  driver.chain().rule().lr = 0.25;  // half the rate of both
  CHECK(driver.step(zero)[0] == 0.65625);
}

TEST_CASE("with by_parameter, inside and outside") {
  const Doubles start(26, 1.0), ones(26, 1.0);
  const auto half_of_first = [](auto rule, const ParameterInfo& parameter) {
    if (parameter.layer == 0) rule.lr *= 0.5;
    return rule;
  };
  const auto check_steps = [&](auto rule) {
    auto driver = drive<TwoLayers, double>(chain(rule, ProximalL1{.lambda = 1}), start);
    driver.step(ones);
    CHECK(driver.weights()[0] == 0.5);  // 1 − lr/2 (1 + λ), lr 0.5
    CHECK(driver.weights()[16] == 0);
    CHECK(driver.weights()[25] == 0.5);  // a bias: no λ
    driver.step(ones);
    CHECK(driver.weights()[0] == 0.375);  // lr 0.125
    CHECK(driver.weights()[16] == 0);
    CHECK(driver.weights()[25] == 0.375);
  };
  check_steps(by_parameter(switch_after(1, SGD{.lr = 0.5}, SGD{.lr = 0.125}), half_of_first));
  check_steps(
      switch_after(1, by_parameter(SGD{.lr = 0.5}, half_of_first), by_parameter(SGD{.lr = 0.125}, half_of_first)));
}

TEST_CASE("in fit a schedule reaches both rates, and History has that of the rule in use") {
  const auto data = evomlp_test::two_sides<float>(24, 3, 2);
  Model<TwoLayers> fitted(init::he_normal(), 1), model = fitted;
  const History history = fit(fitted, data, MSELoss{}, switch_after(3, Adam{.lr = 0.25}, SGD{.lr = 0.5}),
                              {.epochs = 4, .batch_size = 12, .shuffle = false}, StepLR{.step_size = 2, .gamma = 0.5});
  CHECK(history.lr == std::vector<double>{0.25, 0.5, 0.25, 0.25});

  State early(model, Adam{.lr = 0.25}, {.max_batch = 12});
  State late(model, SGD{.lr = 0.5}, {.max_batch = 12});
  for (std::size_t step = 0; step < 8; ++step) {
    auto x = make_matrix<float>(12, 3), y = make_matrix<float>(12, 2);
    std::vector<std::size_t> rows(12);
    std::iota(rows.begin(), rows.end(), 12 * (step % 2));
    data.gather(rows, x.data(), y.data());
    late.chain().rule().lr = step < 4 ? 0.5 : 0.25;
    if (step < 3)
      train_step(model, early, MSELoss{}, x, y);
    else
      train_step(model, late, MSELoss{}, x, y);
  }
  CHECK(evomlp_test::difference(fitted.parameters(), model.parameters()) < 1e-6);
}

TEST_CASE("in fit a scheduler is told the rate of the rule in use") {
  const auto data = evomlp_test::two_sides<float>(24, 3, 2);
  Model<TwoLayers> model(init::he_normal(), 1);
  std::vector<double> rates;
  // The first rule's rate is below `min_lr`, the second's isn't.
  struct Watch {
    std::vector<double>& rates;
    double lr_factor(const SchedulePoint& point) const { return rates.push_back(point.lr), 0.5; }
  };
  const History history =
      fit(model, data, MSELoss{}, switch_after(2, SGD{.lr = 0.0625}, SGD{.lr = 0.5}), {.epochs = 4, .batch_size = 24},
          Watch{rates}, CosineAnnealingLR{.epochs = 1, .min_lr = 0.125});
  CHECK(rates == std::vector<double>{0.0625, 0.0625, 0.5, 0.5});
  CHECK(history.lr == std::vector<double>{0.03125, 0.03125, 0.125, 0.125});
}

TEST_CASE("in fit a scheduler is told the rate of the rule in use where one knows its parameters, too") {
  const auto data = evomlp_test::two_sides<float>(24, 3, 2);
  const auto rates = [&](auto rule) {
    Model<TwoLayers> model(init::he_normal(), 1);
    return fit(model, data, MSELoss{}, rule, {.epochs = 4, .batch_size = 24}, CosineAnnealingLR{.min_lr = 5e-3}).lr;
  };
  const auto expected = rates(SGD{.lr = 1e-2});
  CHECK(expected[2] > 5e-3);
  CHECK(expected[2] < 1e-2);
  CHECK(rates(switch_after(0, AdamW{.lr = 1e-3}, SGD{.lr = 1e-2})) == expected);
  const auto same = [](SGD rule, const ParameterInfo&) { return rule; };
  CHECK(rates(switch_after(0, AdamW{.lr = 1e-3}, by_parameter(SGD{.lr = 1e-2}, same))) == expected);
  CHECK(rates(by_parameter(SGD{.lr = 1e-2}, same)) == expected);
}

TEST_CASE("a rule's norm is told inside switch_after, too") {
  auto driver =
      drive<Linear<2, 1, false>, double>(switch_after(1, SGD{.lr = 1}, NormalisedSGD{.lr = 5}), Doubles{0, 0});
  CHECK(driver.step(Doubles{3, 4}) == Doubles{-3, -4});
  CHECK(driver.step(Doubles{30, 40}) == Doubles{-6, -8});
}
