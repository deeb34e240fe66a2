// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/time_limit.hpp"

#include "support/message_of.hpp"
#include "support/worsening_run.hpp"

#include <doctest/doctest.h>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::Run;

TEST_CASE("a time limit: no step more than one after it") {
  Run none, long_enough;
  none(TimeLimit{.seconds = 1e-9});
  CHECK(none.history.stop_reason() == StopReason::time_limit);
  CHECK(none.recorder.steps.size() == 1);
  long_enough(TimeLimit{.seconds = 3600});
  CHECK(long_enough.history.stop_reason() == StopReason::all_epochs_done);
}

TEST_CASE("a time limit that isn't positive is refused") {
  Run run;
  CHECK(
      contains(message_of<TrainingError>([&] { run(TimeLimit{}); }), "TimeLimit: seconds is 0, expected more than 0"));
}
