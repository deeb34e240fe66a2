// SPDX-License-Identifier: MIT
#include "evomlp/schedulers/linear_warmup.hpp"

#include "evomlp/schedulers/cosine_annealing_lr.hpp"
#include "evomlp/schedulers/step_lr.hpp"
#include "reference/schedules.hpp"
#include "support/schedule.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;
using evomlp_test::rates;
using evomlp_test::schedule_difference;

TEST_CASE("LinearWarmup agrees with PyTorch's LinearLR, counted in steps over epochs") {
  const LinearWarmup warm_up{.steps = 7, .start_factor = 0.25};
  CHECK(schedule_difference(evomlp_reference::warm_up, warm_up) < 1e-14);
  CHECK(schedule_difference(evomlp_reference::warm_up_cosine, warm_up, CosineAnnealingLR{.epochs = 9}) < 1e-14);
  CHECK(schedule_difference(evomlp_reference::warm_up_step_lr, warm_up, StepLR{.step_size = 3, .gamma = 0.5}) < 1e-14);
}

TEST_CASE("LinearWarmup: from 0, no steps, more steps than the run has") {
  CHECK(rates(8, 2, 3, LinearWarmup{.steps = 4, .start_factor = 0}) == std::vector<double>{0, 2, 4, 6, 8, 8});
  CHECK(rates(8, 1, 2, LinearWarmup{.steps = 0}) == std::vector<double>{8, 8});
  CHECK(rates(8, 1, 2, LinearWarmup{.steps = 1, .start_factor = 0.5}) == std::vector<double>{4, 8});
  const auto lr = rates(1, 1, 2, LinearWarmup{.steps = (std::numeric_limits<int>::max)(), .start_factor = 0.5});
  CHECK(lr[1] == doctest::Approx(0.5));
}

TEST_CASE("LinearWarmup refuses invalid settings") {
  for (const double bad : {-0.1, 1.5, std::numeric_limits<double>::quiet_NaN()})
    CHECK(message_of<TrainingError>([&] {
            LinearWarmup{.start_factor = bad}.on_begin({});
          }).find("LinearWarmup: start_factor is ") == 0);
  CHECK(message_of<TrainingError>([&] { LinearWarmup{.start_factor = 1.5}.on_begin({}); }) ==
        "LinearWarmup: start_factor is 1.5, expected 0 to 1");
  CHECK(message_of<TrainingError>([&] { LinearWarmup{.steps = -1}.on_begin({}); }) ==
        "LinearWarmup: steps is -1, expected at least 0");
}
