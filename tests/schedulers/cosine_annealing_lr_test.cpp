// SPDX-License-Identifier: MIT
#include "evomlp/schedulers/cosine_annealing_lr.hpp"

#include "reference/schedules.hpp"
#include "support/schedule.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;
using evomlp_test::rates;

TEST_CASE("CosineAnnealingLR agrees with PyTorch's up to T_max") {
  // PyTorch's recurrence rounds in every epoch.
  CHECK(evomlp_test::schedule_difference(evomlp_reference::cosine, CosineAnnealingLR{.epochs = 9}) < 1e-14);
  CHECK(evomlp_test::schedule_difference(evomlp_reference::cosine_to, CosineAnnealingLR{.epochs = 9, .min_lr = 0.02}) <
        1e-14);
}

TEST_CASE("CosineAnnealingLR stays at min_lr; without .epochs it takes those of fit") {
  const auto lr = rates(0.5, 8, 1, CosineAnnealingLR{.epochs = 4, .min_lr = 0.125});
  CHECK(lr[0] == 0.5);
  CHECK(lr[2] == doctest::Approx(0.3125));
  for (std::size_t epoch = 4; epoch < 8; ++epoch) CHECK(lr[epoch] == doctest::Approx(0.125).epsilon(1e-15));
  CHECK(rates(0.5, 6, 2, CosineAnnealingLR{}) == rates(0.5, 6, 2, CosineAnnealingLR{.epochs = 6}));
  CHECK(rates(0.5, 1, 1, CosineAnnealingLR{}) == std::vector<double>{0.5});
}

TEST_CASE("CosineAnnealingLR leaves a rate alone that is below min_lr or 0") {
  CHECK(rates(0.01, 3, 1, CosineAnnealingLR{.epochs = 2, .min_lr = 0.02}) == std::vector<double>(3, 0.01));
  CHECK(rates(0, 3, 1, CosineAnnealingLR{.epochs = 2}) == std::vector<double>(3, 0.0));
}

TEST_CASE("CosineAnnealingLR refuses invalid settings") {
  const auto refused = [](CosineAnnealingLR scheduler) {
    return message_of<TrainingError>([&] { scheduler.on_begin({}); });
  };
  CHECK(refused({.epochs = -1}) == "CosineAnnealingLR: epochs is -1, expected at least 0");
  CHECK(refused({.min_lr = -0.5}) == "CosineAnnealingLR: min_lr is -0.5, expected a finite number of at least 0");
  CHECK(refused({.min_lr = std::numeric_limits<double>::quiet_NaN()}).find("CosineAnnealingLR: min_lr is ") == 0);
  CHECK(refused({}) == "(no such exception)");
}
