// SPDX-License-Identifier: MIT
#include "evomlp/optim/by_parameter.hpp"

#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/freeze.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/schedulers/step_lr.hpp"
#include "evomlp/train/fit.hpp"
#include "support/draw.hpp"
#include "support/group_case.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::check_groups;
using evomlp_test::drive;
using evomlp_test::TwoLayers;

namespace {

using Doubles = std::vector<double>;

constexpr auto slow_first_no_decay_of_biases = [](AdamW rule, const ParameterInfo& parameter) {
  if (parameter.key.starts_with("0.")) rule.lr *= 0.1;
  if (parameter.rank == 1) rule.weight_decay = 0;
  return rule;
};
constexpr auto unchanged = [](auto policy, const ParameterInfo&) { return policy; };

static_assert(UpdateRule<decltype(by_parameter(Adam{}, unchanged))> &&
              GradientTransform<decltype(by_parameter(L2{}, unchanged))> &&
              !UpdateRule<decltype(by_parameter(L2{}, unchanged))> &&
              UpdateTransform<decltype(by_parameter(ClipUpdateValue{}, unchanged))> &&
              WeightTransform<decltype(by_parameter(ProximalL1{}, unchanged))>);

}  // namespace

TEST_CASE("rates and decay by parameter agree with PyTorch's parameter groups") {
  check_groups(evomlp_reference::group_rates,
               by_parameter(AdamW{.lr = 0.05, .weight_decay = 0.1, .all = true}, slow_first_no_decay_of_biases));
  check_groups(evomlp_reference::group_rates_scheduled,
               chain(by_parameter(AdamW{.lr = 0.05, .weight_decay = 0.1, .all = true}, slow_first_no_decay_of_biases)),
               [](std::size_t step, auto& chain) { chain.rule().lr = 0.05 * std::pow(0.5, step); });
  check_groups(evomlp_reference::group_eps,
               by_parameter(Adam{.lr = 0.05}, [](Adam rule, const ParameterInfo& parameter) {
                 if (parameter.key == "1.weight") rule.eps = 1e-2;
                 return rule;
               }));
}

TEST_CASE("policies by parameter agree with PyTorch's parameter groups") {
  const auto for_biases = [](auto policy, double value) {
    return by_parameter(policy, [value](auto one, const ParameterInfo& parameter) {
      if (parameter.rank == 1) {
        if constexpr (requires { one.lambda; })
          one.lambda = value;
        else
          one.max = value;
      }
      return one;
    });
  };
  check_groups(evomlp_reference::group_l2, chain(for_biases(L2{.lambda = 0.05, .all = true}, 0.25), SGD{.lr = 0.1}));
  check_groups(evomlp_reference::group_clip_grad_value,
               chain(for_biases(ClipGradValue{0.5}, 0.125), Momentum{.lr = 0.1, .momentum = 0.9}));
  check_groups(evomlp_reference::group_clip_update,
               chain(Adam{.lr = 0.05},
                     by_parameter(ClipUpdateValue{0.03}, [](ClipUpdateValue clip, const ParameterInfo& parameter) {
                       if (parameter.layer == 1) clip.max = 0.01;
                       return clip;
                     })));
}

TEST_CASE("ProximalL1's threshold is the part's rate times lambda") {
  const auto fifth_of_first = [](SGD rule, const ParameterInfo& parameter) {
    if (parameter.layer == 0) rule.lr *= 0.2;
    return rule;
  };
  check_groups(evomlp_reference::group_proximal_l1,
               chain(by_parameter(SGD{.lr = 0.1}, fifth_of_first), ProximalL1{.lambda = 0.3}));
}

TEST_CASE("clips are counted for their layers") {
  const auto only_second = [](ClipGradValue clip, const ParameterInfo& parameter) {
    clip.max = parameter.layer == 0 ? 100 : 1;
    return clip;
  };
  auto driver = drive<TwoLayers, float>(chain(by_parameter(ClipGradValue{}, only_second), SGD{}), Doubles(26, 0.0));
  Doubles g(26, 2.0);
  g[25] = 0.5;
  driver.step(g);
  CHECK(driver.counts()[0].seen == 16);
  CHECK(driver.counts()[0].clipped == 0);
  CHECK(driver.counts()[1].seen == 10);
  CHECK(driver.counts()[1].clipped == 9);
}

TEST_CASE("a function that changes nothing: bit for bit the plain rule") {
  using Net = Sequential<Linear<16, 16>, Linear<16, 32>>;  // whole SIMD batches in every parameter
  Doubles start(Model<Net>::num_parameters), g(start.size());
  evomlp_test::Draw draw(3);
  draw.fill_normal(std::span(start));
  const auto same = [&]<class T>(T, auto with, auto plain) {
    auto a = drive<Net, T>(with, start);
    auto b = drive<Net, T>(plain, start);
    for (int step = 0; step < 5; ++step) {
      draw.fill_normal(std::span(g));
      a.step(g);
      b.step(g);
    }
    return a.weights() == b.weights();
  };
  const auto both = [&](auto with, auto plain) { return same(1.0f, with, plain) && same(1.0, with, plain); };
  CHECK(both(by_parameter(SGD{}, unchanged), SGD{}));
  CHECK(both(by_parameter(Momentum{}, unchanged), Momentum{}));
  CHECK(both(by_parameter(Adam{}, unchanged), Adam{}));
  CHECK(both(by_parameter(AdamW{}, unchanged), AdamW{}));
  CHECK(both(chain(by_parameter(ClipGradValue{0.5}, unchanged), Adam{}), chain(ClipGradValue{0.5}, Adam{})));
  CHECK(both(chain(Freeze<>{}, by_parameter(L2{.lambda = 0.1}, unchanged), by_parameter(Adam{}, unchanged),
                   by_parameter(ProximalL1{.lambda = 0.1}, unchanged)),
             chain(L2{.lambda = 0.1}, Adam{}, ProximalL1{.lambda = 0.1})));
}

TEST_CASE("a norm is still over all parameters, its limit may differ") {
  const auto limit = [](ClipGradNorm clip, const ParameterInfo& parameter) {
    if (parameter.layer == 1) clip.max = 5;
    return clip;
  };
  auto driver = drive<TwoLayers, double>(chain(by_parameter(ClipGradNorm{10}, limit), SGD{.lr = 1}), Doubles(26, 0.0));
  Doubles g(26, 0.0);
  g[0] = 12;
  g[20] = 16;  // norm 20
  driver.step(g);
  CHECK(driver.weights()[0] == doctest::Approx(-6).epsilon(1e-6));
  CHECK(driver.weights()[20] == doctest::Approx(-4).epsilon(1e-6));
}

TEST_CASE("in fit, a schedule reaches every part") {
  const auto data = evomlp_test::two_sides<float>(24, 3, 2);
  const auto part = by_parameter(SGD{.lr = 0.5}, [](SGD rule, const ParameterInfo& parameter) {
    rule.lr *= parameter.layer == 0 ? 0.5 : 1;
    return rule;
  });
  Model<TwoLayers> fitted(init::he_normal(), 1), model = fitted;
  const History history = fit(fitted, data, MSELoss{}, part, {.epochs = 2, .batch_size = 24, .shuffle = false},
                              StepLR{.step_size = 1, .gamma = 0.25});
  CHECK(history.lr == std::vector<double>{0.5, 0.125});
  State state(model, SGD{.lr = 1}, {.max_batch = 24});
  for (const double lr : {0.5, 0.125}) {
    Model<TwoLayers> all = model;
    state.chain().rule().lr = lr;
    train_step(all, state, MSELoss{}, data.x, data.y);
    for (std::size_t i = 0; i < 26; ++i)  // by half as much in layer 0
      model.parameters()[i] += (i < 16 ? 0.5f : 1.0f) * (all.parameters()[i] - model.parameters()[i]);
  }
  CHECK(evomlp_test::difference(fitted.parameters(), model.parameters()) < 1e-6);
}
