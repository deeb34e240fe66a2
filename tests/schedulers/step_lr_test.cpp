// SPDX-License-Identifier: MIT
#include "evomlp/schedulers/step_lr.hpp"

#include "reference/schedules.hpp"
#include "support/schedule.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;

TEST_CASE("StepLR agrees with PyTorch, in each step of an epoch") {
  CHECK(evomlp_test::schedule_difference(evomlp_reference::step_lr, StepLR{.step_size = 3, .gamma = 0.5}) < 1e-15);
}

TEST_CASE("StepLR: defaults, one epoch, a gamma above 1") {
  CHECK(evomlp_test::rates(1, 3, 1, StepLR{}) == std::vector<double>{1, 0.1, 0.1 * 0.1});
  CHECK(evomlp_test::rates(0.5, 1, 2, StepLR{.step_size = 1}) == std::vector<double>{0.5, 0.5});
  CHECK(evomlp_test::rates(1, 4, 1, StepLR{.step_size = 2, .gamma = 2}) == std::vector<double>{1, 1, 2, 2});
  CHECK(evomlp_test::rates(1, 2, 1, StepLR{.step_size = (std::numeric_limits<int>::max)()}) ==
        std::vector<double>{1, 1});
}

TEST_CASE("StepLR refuses invalid settings") {
  const auto refused = [](StepLR scheduler) { return message_of<TrainingError>([&] { scheduler.on_begin({}); }); };
  CHECK(refused({.step_size = 0}) == "StepLR: step_size is 0, expected at least 1");
  CHECK(refused({.step_size = -3}) == "StepLR: step_size is -3, expected at least 1");
  CHECK(refused({.gamma = -0.5}) == "StepLR: gamma is -0.5, expected a finite number of at least 0");
  CHECK(refused({.gamma = -1e-9}) == "StepLR: gamma is -1e-09, expected a finite number of at least 0");
  CHECK(refused({.gamma = std::numeric_limits<double>::infinity()}).find("StepLR: gamma is inf") == 0);
  CHECK(refused({.gamma = std::numeric_limits<double>::quiet_NaN()}).find("StepLR: gamma is ") == 0);
  CHECK(refused({}) == "(no such exception)");
}
