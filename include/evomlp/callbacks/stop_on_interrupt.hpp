// SPDX-License-Identifier: MIT
// StopOnInterrupt: Ctrl-C ends training, not the program.
#pragma once

#include "evomlp/callbacks/report.hpp"

#include <csignal>

namespace evomlp {

/// While fit runs, SIGINT (Ctrl-C) ends it after the current step, with the best weights back and History::stop_reason()
/// `interrupted`; a second one ends the program as usual. The handler from before returns with the end of fit, whichever
/// way it ends. A signal belongs to the process: use it in one fit at a time.
struct StopOnInterrupt {
  class Scope {
   public:
    Scope() {
      interrupted() = 0;
      before_ = std::signal(SIGINT, &on_signal);
    }
    ~Scope() {
      if (before_ != SIG_ERR) std::signal(SIGINT, before_);
      if (interrupted() == 1) std::raise(SIGINT);  // too late to end training: it isn't lost
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    void (*before_)(int);
  };

  Scope scope() const { return {}; }
  void on_step(const StepReport& report) const { check(report); }
  void on_epoch(const EpochReport& report) const { check(report); }

 private:
  // 1: there was a signal, 2: and fit knows. A handler can reach nothing but a variable of static duration.
  static volatile std::sig_atomic_t& interrupted() {
    static volatile std::sig_atomic_t flag = 0;
    return flag;
  }
  static void on_signal(int) {
    interrupted() = 1;
    std::signal(SIGINT, SIG_DFL);
  }
  static void check(const auto& report) {
    if (interrupted() == 0) return;
    interrupted() = 2;
    report.fit.stop(StopReason::interrupted, "by a signal");
  }
};

}  // namespace evomlp
