// SPDX-License-Identifier: MIT
#include "evomlp/callbacks/stop_on_interrupt.hpp"

#include "support/worsening_run.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>

using namespace evomlp;
using evomlp_test::At;
using evomlp_test::Run;

namespace {
volatile std::sig_atomic_t users_signals = 0;
void users_handler(int) { users_signals = users_signals + 1; }
}  // namespace

TEST_CASE("an interrupt ends training, not the program, and the handler from before is back on every way out") {
  users_signals = 0;
  const auto before = std::signal(SIGINT, users_handler);
  Run run;
  run(StopOnInterrupt{}, At{6, [](const StepReport&) { std::raise(SIGINT); }});
  CHECK(run.history.stop_reason() == StopReason::interrupted);
  CHECK(run.history.epochs() == 1);
  CHECK(users_signals == 0);
  std::raise(SIGINT);
  CHECK(users_signals == 1);

  Run throws;
  CHECK_THROWS(throws(StopOnInterrupt{}, At{6, [](const StepReport&) { throw std::runtime_error("crash"); }}));
  std::signal(SIGINT, users_handler);
  std::raise(SIGINT);
  CHECK(users_signals == 2);

  Run next;  // an old interrupt ends no later run
  next(StopOnInterrupt{});
  CHECK(next.history.stop_reason() == StopReason::all_epochs_done);
  std::signal(SIGINT, before);
}

TEST_CASE("of several runs at a time an interrupt ends all, and the last one puts the handler back") {
  users_signals = 0;
  const auto before = std::signal(SIGINT, users_handler);
  Run outer, inner, after;
  outer(StopOnInterrupt{}, At{3, [&](const StepReport&) {
                                inner(StopOnInterrupt{}, At{2, [](const StepReport&) { std::raise(SIGINT); }});
                                CHECK(inner.history.stop_reason() == StopReason::interrupted);
                                CHECK(users_signals == 0);
                              }});
  CHECK(outer.history.stop_reason() == StopReason::interrupted);
  std::raise(SIGINT);
  CHECK(users_signals == 1);
  std::signal(SIGINT, users_handler);
  // One that ends first leaves the handler to the others.
  Run other, short_one;
  other(StopOnInterrupt{}, At{3, [&](const StepReport&) {
                                short_one(StopOnInterrupt{});
                                std::raise(SIGINT);
                              }});
  CHECK(short_one.history.stop_reason() == StopReason::all_epochs_done);
  CHECK(other.history.stop_reason() == StopReason::interrupted);
  CHECK(users_signals == 1);
  std::raise(SIGINT);
  CHECK(users_signals == 2);
  after(StopOnInterrupt{});
  CHECK(after.history.stop_reason() == StopReason::all_epochs_done);
  std::signal(SIGINT, before);
}

TEST_CASE("an interrupt after the last look is not lost: it reaches the program when fit has ended") {
  users_signals = 0;
  const auto before = std::signal(SIGINT, users_handler);
  struct Late {
    void on_end(const EndReport&) const { std::raise(SIGINT); }
  };
  Run run;
  run(StopOnInterrupt{}, Late{});
  CHECK(run.history.stop_reason() == StopReason::all_epochs_done);
  CHECK(users_signals == 1);
  std::signal(SIGINT, before);
}

TEST_CASE("without StopOnInterrupt the library touches no signals") {
  users_signals = 0;
  const auto before = std::signal(SIGINT, users_handler);
  Run run;
  run(At{6, [](const StepReport&) { std::raise(SIGINT); }});
  CHECK(users_signals == 1);
  CHECK(run.history.stop_reason() == StopReason::all_epochs_done);
  std::signal(SIGINT, before);
}
