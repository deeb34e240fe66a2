// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/stop_on_nan.hpp"

#include "support/message_of.hpp"
#include "support/worsening_run.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::Poison;
using evomlp_test::Run;

TEST_CASE("StopOnNaN stops at the step and names the parameter") {
  Run run;
  run(Poison{2, 1}, StopOnNaN{});
  CHECK(run.history.stop_reason() == StopReason::not_finite);
  CHECK(run.history.stop_message() == "2.weight has an element that is not finite after epoch 3, step 2");
  CHECK(run.history.epochs() == 2);
  run.check_best_is_first();
}

TEST_CASE("StopOnNaN counts the steps of the run, not of an epoch") {
  Run run;  // four steps an epoch: the second one's second is the sixth
  run(Poison{1, 1}, StopOnNaN{.every = 6});
  CHECK(run.history.stop_message() == "2.weight has an element that is not finite after epoch 2, step 2");
}

TEST_CASE("a negative number of steps is refused") {
  Run run;
  CHECK(contains(message_of<TrainingError>([&] { run(StopOnNaN{.every = -1}); }),
                 "StopOnNaN: every is -1, expected at least 0"));
}
