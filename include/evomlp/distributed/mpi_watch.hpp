// SPDX-License-Identifier: MIT
// Waiting for the other processes, with an eye on what could make it last for ever.
#pragma once

#include "evomlp/core/error.hpp"
#include "evomlp/distributed/mpi_mail.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
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
  bool is_broken() const { return !sentence_.empty(); }
  const std::string& sentence() const { return sentence_; }

  void require_whole() const {
    if (is_broken()) throw TrainingError("Mpi: nothing more can be done together: " + sentence_);
  }

  /// One more sum or exchange. All processes count the same.
  void begin() {
    require_whole();
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
    if (others_know_) return;
    try {
      mail_.send(MpiMail::Kind::left, begun_, is_broken() ? cause_ : why);
      left_ = begun_;
      wait_at_most(1, [&] { return mail_.is_out(); });
      if (is_under_way && !is_broken()) break_with(why, why);
    } catch (const std::exception&) {
      if (!is_broken()) break_with(why, why);
    }
    others_know_ = is_broken();
  }

  /// Marks this as broken and throws.
  [[noreturn]] void fail(const std::string& cause) {
    break_with(cause, "rank " + of_all(rank()) + " can't go on, resume from the last checkpoint: " + cause);
    throw TrainingError(sentence_);
  }

  /// Before the end of the process: says farewell and waits for that of the others. True if all are whole and in step,
  /// so that MPI can be finalised. Else nobody is kept waiting for long; the others get time to print what happened.
  bool end() noexcept {
    try {
      mail_.send(is_broken() ? MpiMail::Kind::ended_broken : MpiMail::Kind::ended, begun_, cause_);
      if (is_broken()) {
        wait_at_most(2, [&] { return each_other([](const auto& other) { return other.is_broken; }) && mail_.is_out(); });
        return false;
      }
      wait_at_most(std::nullopt, [&] {
        return !each_other([](const auto& other) { return !other.is_broken; }) ||
               (each_other([](const auto& other) { return other.ended.has_value(); }) && mail_.is_out());
      });
      return each_other([&](const auto& other) { return other.ended == begun_ && !other.is_broken; });
    } catch (const std::exception&) {
      return false;
    }
  }

  void free() { mail_.free(); }

 private:
  std::string of_all(int rank) const { return std::to_string(rank) + " of " + std::to_string(size()); }

  void break_with(const std::string& cause, const std::string& sentence) {
    cause_ = cause;
    sentence_ = sentence;
  }

  bool each_other(auto holds) const {
    for (int other = 0; other < size(); ++other)
      if (other != rank() && !holds(mail_.of(other))) return false;
    return true;
  }

  void look_for_signal() {
    if (MpiSignalScope::take())
      fail("it was told to end (SIGTERM), since another rank has died or the job was cancelled");
  }

  /// Throws if waiting is in vain.
  void look(double waited) {
    look_for_signal();
    mail_.receive();
    for (int other = 0; other < size(); ++other) {
      const auto& its = mail_.of(other);
      // Where this one has left at the same place or later, both have, and are in step again.
      if (its.left && *its.left < begun_ && !(left_ && *its.left <= *left_)) {
        others_know_ = true;  // that one has
        fail("rank " + of_all(other) + " has left: " + its.why_left);
      }
    }
    for (int other = 0; other < size(); ++other) {
      const auto& its = mail_.of(other);
      if (its.ended && *its.ended < begun_) {
        others_know_ = true;
        fail(its.why_broken.empty() ? "rank " + of_all(other) + " has ended" : its.why_broken);
      }
    }
    if (waited > timeout_)
      fail("it has waited for the others for " + std::to_string(static_cast<long long>(waited)) +
           " seconds (MpiOptions::timeout): one of them hangs or is lost");
  }

  /// Quick to see the end of a short wait, and no load on the machine during a long one: the process waited for may need
  /// this core.
  static void rest(Clock::duration waited) {
    if (waited < std::chrono::milliseconds(2)) std::this_thread::yield();
    else std::this_thread::sleep_for(std::chrono::microseconds(100));
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
  bool others_know_ = false;       // all others know from somebody that nothing goes on
  std::string cause_, sentence_;  // of what has broken this, without and with this rank's number
};

}  // namespace evomlp::detail
