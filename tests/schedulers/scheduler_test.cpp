// SPDX-License-Identifier: MIT
// Schedulers in fit: what the rule's rate is, step by step.
#include "evomlp/schedulers/scheduler.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/schedulers/cosine_annealing_lr.hpp"
#include "evomlp/schedulers/linear_warmup.hpp"
#include "evomlp/schedulers/reduce_lr_on_plateau.hpp"
#include "evomlp/schedulers/step_lr.hpp"
#include "evomlp/train/fit.hpp"
#include "support/schedule.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace evomlp;
using evomlp_test::rates;
using evomlp_test::same_bits;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 1>>;

// The example of scheduler.hpp.
struct InverseSqrt {
  double lr_factor(const SchedulePoint& point) const { return 1 / std::sqrt(1 + point.steps_done()); }
};

constexpr auto own = [](int epoch, std::size_t step) { return epoch == 1 && step == 2 ? 0.5 : 1.0; };
constexpr auto whole_numbers = [](int, std::size_t) { return 1; };

static_assert(Scheduler<InverseSqrt> && Scheduler<decltype(own)> && Scheduler<StepLR> && Scheduler<const StepLR> &&
              Scheduler<CosineAnnealingLR> && Scheduler<LinearWarmup> && Scheduler<ReduceLROnPlateau>);
static_assert(!Scheduler<decltype(whole_numbers)> && !Scheduler<int>);
static_assert(Callback<ReduceLROnPlateau> && Callback<StepLR>);

/// 20 samples in four steps an epoch.
struct Run {
  Model<Net> model{init::he_normal(), 1};
  evomlp_test::Recorder<Model<Net>> recorder{&model};
  History history;

  explicit Run(int epochs, auto&&... schedulers) {
    const auto data = two_sides<float>(20, 3);
    history = fit(model, data, MSELoss{}, Momentum{.lr = 0.1}, {.epochs = epochs, .batch_size = 5, .validation = &data},
                  recorder, schedulers...);
  }
  std::vector<double> lr_of_steps() const {
    std::vector<double> lr;
    for (const auto& report : recorder.steps) lr.push_back(report.lr);
    return lr;
  }
};

}  // namespace

TEST_CASE("a run has the rates of its schedulers, which multiply; History has the last of each epoch") {
  const LinearWarmup warm_up{.steps = 6, .start_factor = 0.125};
  Run run(3, warm_up, CosineAnnealingLR{}, InverseSqrt{}, own);
  const auto expected = rates(0.1, 3, 4, warm_up, CosineAnnealingLR{}, InverseSqrt{}, own);
  CHECK(run.lr_of_steps() == expected);
  REQUIRE(run.history.lr.size() == 3);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) CHECK(run.history.lr[epoch] == expected[4 * epoch + 3]);
  CHECK(expected[6] == rates(0.1, 3, 4, warm_up, CosineAnnealingLR{}, InverseSqrt{})[6] * 0.5);
}

TEST_CASE("the rates are those that the rule uses") {
  Run none(4), constant(4, [](int, std::size_t) { return 1.0; }), falling(4, StepLR{.step_size = 2, .gamma = 0.5});
  CHECK(same_bits(none.model, constant.model));
  CHECK(falling.history.lr == std::vector<double>{0.1, 0.1, 0.05, 0.05});
  CHECK(same_bits(none.recorder.after[1], falling.recorder.after[1]));
  CHECK(!same_bits(none.recorder.after[2], falling.recorder.after[2]));

  // By hand: the same steps with the rate set between them.
  Model<Net> model(init::he_normal(), 1);
  const auto data = two_sides<float>(20, 3);
  State state(model, Momentum{.lr = 0.1}, {.max_batch = 20});
  Model<Net> fitted(init::he_normal(), 1);
  fit(fitted, data, MSELoss{}, Momentum{.lr = 0.1}, {.epochs = 4, .batch_size = 20, .shuffle = false},
      StepLR{.step_size = 1, .gamma = 0.25});
  for (const double lr : {0.1, 0.1 * 0.25, 0.1 * 0.0625, 0.1 * 0.015625}) {
    state.chain().rule().lr = lr;
    train_step(model, state, MSELoss{}, data.x, data.y);
  }
  CHECK(same_bits(model, fitted));
}

TEST_CASE("a plateau in fit, and the same objects in a second fit begin anew") {
  ReduceLROnPlateau plateau{.factor = 0.5, .patience = 0, .threshold = 0.5, .min_lr = 0.02};
  StepLR step{.step_size = 3, .gamma = 0.9};
  Run first(6, step, plateau);
  CHECK(plateau.counters.scale < 1);
  Run second(6, step, plateau);
  CHECK(first.history.lr == second.history.lr);
  CHECK(same_bits(first.model, second.model));
  CHECK(first.history.lr.front() == 0.1);
  CHECK(first.history.lr.back() == doctest::Approx(0.02));
  for (std::size_t i = 1; i < 6; ++i) CHECK(first.history.lr[i] <= first.history.lr[i - 1]);
}

TEST_CASE("settings that can't work are refused before the first step") {
  const auto data = two_sides<float>(20, 3);
  Model<Net> model(init::he_normal(), 1);
  const Model<Net> before = model;
  CHECK_THROWS_WITH_AS(fit(model, data, MSELoss{}, Momentum{}, {.epochs = 1}, StepLR{.step_size = 0}),
                       "StepLR: step_size is 0, expected at least 1", TrainingError);
  CHECK_THROWS_WITH_AS(fit(model, data, MSELoss{}, Momentum{}, {.epochs = 1}, ReduceLROnPlateau{}),
                       "fit: a scheduler or callback watches a figure of the validation data, but there is none: set "
                       ".validation, or watch Monitor::training_loss",
                       TrainingError);
  CHECK(same_bits(model, before));
}
