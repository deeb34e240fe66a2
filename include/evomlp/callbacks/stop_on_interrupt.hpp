// SPDX-License-Identifier: MIT
// StopOnInterrupt: Ctrl-C ends training, not the program.
#pragma once

#include "evomlp/callbacks/report.hpp"

#include <atomic>
#include <csignal>
#include <mutex>

namespace evomlp {

/// While fit runs, SIGINT (Ctrl-C) ends it after the current step, with the best weights back and History::stop_reason()
/// `interrupted`; a second one ends the program as usual. The handler from before returns with the end of fit, whichever
/// way it ends. A signal belongs to the process: of several fits at a time, in threads, it ends all.
struct StopOnInterrupt {
  /// The first of those that there are at a time installs the handler, the last one puts back what was there.
  class Scope {
   public:
    Scope() {
      const std::lock_guard lock(shared().mutex);
      if (shared().scopes++ > 0) return;
      interrupted() = 0;
      shared().before = std::signal(SIGINT, &on_signal);
    }
    ~Scope() {
      {
        const std::lock_guard lock(shared().mutex);
        if (--shared().scopes > 0) return;
        if (shared().before != SIG_ERR) std::signal(SIGINT, shared().before);
      }
      if (interrupted() == 1) std::raise(SIGINT);  // too late to end training: it isn't lost
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    struct Shared {
      std::mutex mutex;
      int scopes = 0;
      void (*before)(int) = SIG_DFL;
    };
    static Shared& shared() {
      static Shared one;
      return one;
    }
  };

  Scope scope() const { return {}; }
  void on_step(const StepReport& report) const { check(report); }
  void on_epoch(const EpochReport& report) const { check(report); }

 private:
  // 1: there was a signal, 2: and fit knows. A handler can reach nothing but a variable of static duration, by operations
  // without a lock.
  static std::atomic<int>& interrupted() {
    static std::atomic<int> flag = 0;
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
