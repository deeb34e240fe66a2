// SPDX-License-Identifier: MIT
// Waiting for the other processes, with an eye on what could make it last for ever.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/distributed/mpi_mail.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <ratio>
#include <string>
#include <thread>

namespace evomlp::detail {

/// While it lives, SIGTERM is noted and not obeyed: launchers send it a moment before they kill the processes that are
/// left when one has died. The handler from before returns at the end, and gets a signal that nobody has looked at.
class MpiSignalScope {
 public:
  explicit MpiSignalScope(bool is_wanted) : is_wanted_(is_wanted) {
    if (!is_wanted_) return;
    noted() = 0;
    before_ = std::signal(SIGTERM, &on_signal);
  }
  ~MpiSignalScope() {
    if (!is_wanted_) return;
    if (before_ != SIG_ERR) std::signal(SIGTERM, before_);
    if (noted() == 1) std::raise(SIGTERM);
    noted() = 0;
  }
  MpiSignalScope(const MpiSignalScope&) = delete;
  MpiSignalScope& operator=(const MpiSignalScope&) = delete;

  /// Whether there was one; then it counts as looked at.
  static bool take() {
    if (noted() == 0) return false;
    noted() = 2;
    return true;
  }

 private:
  // 1: there was a signal, 2: and it was looked at. A handler can reach nothing but a variable of static duration.
  static volatile std::sig_atomic_t& noted() {
    static volatile std::sig_atomic_t flag = 0;
    return flag;
  }
  static void on_signal(int) { noted() = 1; }

  bool is_wanted_;
  void (*before_)(int) = SIG_ERR;
};

/// Knows whether the others still take part. After a failure it is broken: nothing can be begun any more.
class MpiWatch {
  using Clock = std::chrono::steady_clock;

 public:
  MpiWatch(MPI_Comm like, double timeout) : mail_(like), timeout_(timeout) {}

  int rank() const { return mail_.rank(); }
  int size() const { return mail_.size(); }
  bool is_broken() const { return !cause_.empty(); }
  const std::string& sentence() const { return sentence_; }

  void require_whole() const {
    if (is_broken()) throw TrainingError("Mpi: nothing more can be done together: " + sentence_);
  }

  /// One more sum or exchange. All processes count the same.
  void begin() {
    require_whole();
    if (is_apart_) rejoin();
    ++begun_;
    look_for_signal();
  }

  /// Until is_done(). Throws TrainingError when that won't be.
  void wait(auto is_done) {
    for (int i = 0; i < 100; ++i)  // some 20 microseconds
      if (is_done()) return;
    const auto begin = Clock::now();
    for (auto waited = Clock::duration::zero(); !is_done(); waited = Clock::now() - begin) {
      look(std::chrono::duration<double>(waited).count());
      rest(waited);
    }
  }

  /// Tells the others. With operations under way that will never end, nothing more can be done here either.
  void leave(const std::string& why, bool is_under_way) noexcept {
    if (is_broken()) return;
    if (is_under_way) {
      break_with(concat({of_all(rank()), " has left: ", why}), why);
      tell(MpiMail::Kind::broken, cause_);
    } else {
      left_ = begun_;
      is_apart_ = true;
      tell(MpiMail::Kind::left, why);
    }
  }

  /// What this process itself has met: it is broken. Throws. The others are told in `end` only: MPI may end a process
  /// that sends to one that has died, and this one has not said yet what happened.
  [[noreturn]] void fail(const std::string& met) {
    break_with(concat({of_all(rank()), " ", met}), cant_go_on("it " + met));
    throw TrainingError(sentence_);
  }

  /// Says farewell and waits for that of the others. True if all are whole and in step, so that MPI can be finalised. Who
  /// is broken waits for at most `grace` seconds: the others get time to say what happened.
  bool end(double grace) noexcept {
    try {
      if (is_broken()) mail_.send(MpiMail::Kind::broken, begun_, cause_);
      mail_.send(MpiMail::Kind::ended, begun_, {});
      const auto all_ended = [&] {
        return each_other([](const auto& other) { return other.ended.has_value(); }) && mail_.is_out();
      };
      const auto none_broken = [&] { return each_other([](const auto& other) { return !other.broken; }); };
      if (is_broken()) {
        wait_at_most(grace, [&] { return all_ended() && each_other([](const auto& other) { return other.broken; }); });
        return false;
      }
      wait_at_most(std::nullopt, [&] { return all_ended() || !none_broken(); });
      return none_broken() && each_other([&](const auto& other) { return other.ended == begun_; });
    } catch (const std::exception&) {
      return false;
    }
  }

  void free() { mail_.free(); }

 private:
  /// "rank 1 of 4"
  std::string of_all(int rank) const { return concat({"rank ", rank, " of ", size()}); }
  std::string cant_go_on(const std::string& why) const {
    return concat({of_all(rank()), " can't go on, resume from the last checkpoint: ", why});
  }

  void break_with(const std::string& cause, const std::string& sentence) {
    cause_ = cause;
    sentence_ = sentence;
  }

  void tell(MpiMail::Kind kind, const std::string& text) noexcept {
    try {
      mail_.send(kind, begun_, text);
      wait_at_most(0.2, [&] { return mail_.is_out(); });
    } catch (const std::exception&) {
      return;  // MPI itself fails: they will find out in the same way
    }
  }

  bool each_other(auto holds) const {
    for (int other = 0; other < size(); ++other)
      if (other != rank() && !holds(mail_.of(other))) return false;
    return true;
  }

  /// What this process begins after it has left is nothing that those wait for who have not: they must have left too. (Who
  /// has ended is missed by the wait that follows.)
  void rejoin() {
    wait([this] {
      mail_.receive();
      return each_other([this](const auto& other) { return (other.left && *other.left >= *left_) || other.ended; });
    });
    is_apart_ = false;
  }

  void look_for_signal() {
    if (MpiSignalScope::take()) fail("was told to end (SIGTERM), since another rank has died or the job was cancelled");
  }

  /// Throws if waiting is in vain.
  void look(double waited) {
    look_for_signal();
    mail_.receive();
    for (int other = 0; other < size(); ++other) {
      const auto& its = mail_.of(other);
      // Who left before the place where this one has left, or there, is in step again.
      if (its.left && *its.left < begun_ && !(left_ && *its.left <= *left_))
        fail_like(concat({of_all(other), " has left: ", its.why_left}));
      if (its.broken) fail_like(its.why_broken);  // in the middle of a sum, perhaps
    }
    for (int other = 0; other < size(); ++other)
      if (mail_.of(other).ended && *mail_.of(other).ended < begun_) fail_like(of_all(other) + " has ended");
    if (waited > timeout_)
      fail(concat({"has waited for the others for ", static_cast<long long>(waited),
                   " seconds (MpiOptions::timeout): one of them hangs or is lost"}));
  }

  [[noreturn]] void fail_like(const std::string& cause) {
    break_with(cause, cant_go_on(cause));
    throw TrainingError(sentence_);
  }

  /// No load on the machine during a long wait: the process waited for may need this core. But MPI's libraries move
  /// data while they are called, so that a sum of many numbers would take ten times as long if this slept meanwhile.
  static void rest(Clock::duration waited) {
    if (waited < std::chrono::seconds(1))
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }

  /// Until is_done(), without throwing.
  void wait_at_most(std::optional<double> seconds, auto is_done) {
    const auto begin = Clock::now();
    for (auto waited = Clock::duration::zero(); !is_done(); waited = Clock::now() - begin) {
      if (seconds && std::chrono::duration<double>(waited).count() > *seconds) return;
      mail_.receive();
      rest(waited);
    }
  }

  MpiMail mail_;
  double timeout_;
  std::uint64_t begun_ = 0;
  std::optional<std::uint64_t> left_;
  bool is_apart_ = false;         // since it left
  std::string cause_, sentence_;  // what has broken this, as told to others and here
};

}  // namespace evomlp::detail
