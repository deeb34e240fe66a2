// SPDX-License-Identifier: MIT
// Threads that train one model together: a Communicator without any other process.
#pragma once

#include "evomlp/core/error.hpp"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp_test {

/// Where they meet. Everyone comes with something, the last one looks at all of it, and everyone goes on.
class Meeting {
 public:
  explicit Meeting(int size) : here_(static_cast<std::size_t>(size)) {}

  std::size_t size() const { return here_.size(); }

  /// look(here) runs once, when everyone has come, with what each brought.
  template <class Look>
  void meet(int rank, const void* brought, Look look) {
    std::unique_lock lock(mutex_);
    require_all();
    here_[static_cast<std::size_t>(rank)] = brought;
    const std::size_t round = round_;
    if (++count_ == here_.size()) {
      look(here_);
      count_ = 0;
      ++round_;
      all_here_.notify_all();
      return;
    }
    all_here_.wait(lock, [&] { return round_ != round || !why_.empty(); });
    if (round_ == round) require_all();
  }
  void leave(int rank, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    if (why_.empty()) why_ = "rank " + std::to_string(rank) + " of " + std::to_string(size()) + " has left: " + why;
    all_here_.notify_all();
  }

 private:
  void require_all() const {
    if (!why_.empty()) throw evomlp::TrainingError(why_);
  }

  std::mutex mutex_;
  std::condition_variable all_here_;
  std::vector<const void*> here_;
  std::size_t count_ = 0, round_ = 0;
  std::string why_;
};

/// Sums in the order of ranks.
class ThreadTeam {
 public:
  ThreadTeam(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(meeting_.size()); }
  void sum(std::span<float> numbers) { sum_all(numbers); }
  void sum(std::span<double> numbers) { sum_all(numbers); }
  std::vector<std::string> exchange(const std::string& text) {
    std::vector<std::string> all;
    const std::pair<const std::string*, std::vector<std::string>*> mine{&text, &all};
    meeting_.meet(rank_, &mine, [](const std::vector<const void*>& here) {
      for (const void* to : here)
        for (const void* from : here)
          static_cast<const decltype(mine)*>(to)->second->push_back(*static_cast<const decltype(mine)*>(from)->first);
    });
    return all;
  }
  void leave(const std::string& why) { meeting_.leave(rank_, why); }

  std::vector<std::size_t> sums;  // lengths of what was summed

 protected:
  template <class T>
  void sum_all(std::span<T> numbers) {
    sums.push_back(numbers.size());
    meeting_.meet(rank_, &numbers, [](const std::vector<const void*>& here) {
      const auto at = [&](std::size_t i) { return *static_cast<const std::span<T>*>(here[i]); };
      for (std::size_t j = 0; j < at(0).size(); ++j) {
        T total = at(0)[j];
        for (std::size_t i = 1; i < here.size(); ++i) total += at(i)[j];
        for (std::size_t i = 0; i < here.size(); ++i) at(i)[j] = total;
      }
    });
  }

  Meeting& meeting_;
  int rank_;
};

/// The same with sums that are done later.
class OverlappingThreadTeam : public ThreadTeam {
 public:
  using ThreadTeam::ThreadTeam;

  void begin_sum(std::span<float> numbers) { begin(numbers); }
  void begin_sum(std::span<double> numbers) { begin(numbers); }
  void finish_sums() {
    for (const auto& run : std::exchange(begun_, {})) run();
  }
  static constexpr std::size_t bucket_bytes() { return 64; }

 private:
  template <class T>
  void begin(std::span<T> numbers) {
    begun_.push_back([this, numbers] { sum_all(numbers); });
  }
  std::vector<std::function<void()>> begun_;
};

/// run(team) in so many threads; the results by rank. The first exception passes on, those of the others are in `errors`.
template <class Team = ThreadTeam, class Run>
auto in_team(int size, Run run, std::vector<std::string>* errors = nullptr) {
  Meeting meeting(size);
  std::vector<std::invoke_result_t<Run&, Team&>> results(static_cast<std::size_t>(size));
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size));
  {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < size; ++rank)
      threads.emplace_back([&, rank] {
        Team team(meeting, rank);
        try {
          results[static_cast<std::size_t>(rank)] = run(team);
        } catch (...) {
          failures[static_cast<std::size_t>(rank)] = std::current_exception();
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  for (const std::exception_ptr& failure : failures) {
    if (!failure) continue;
    if (!errors) std::rethrow_exception(failure);
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      errors->push_back(error.what());
    }
  }
  return results;
}

}  // namespace evomlp_test
