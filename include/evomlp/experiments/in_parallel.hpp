// SPDX-License-Identifier: MIT
// A loop whose turns are taken by several threads.
#pragma once

#include "evomlp/core/cxx20.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace evomlp::detail {

/// make(i) for i = 0 … count − 1, by so many threads (0: as many as there are cores), of which the caller's is one;
/// after each, ended(i), one at a time. The first exception keeps further turns from being taken, and comes out here
/// when those that had begun are over.
void in_parallel(std::size_t count, int threads, auto make, auto ended) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        make(i);
        const std::lock_guard lock(mutex);
        ended(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  {
    std::vector<std::thread> helpers;
    const struct Join {
      std::vector<std::thread>& threads;
      ~Join() {
        for (std::thread& thread : threads) thread.join();
      }
    } join{helpers};
    const std::size_t wanted = threads > 0
                                   ? static_cast<std::size_t>(threads)
                                   : (std::max)(std::size_t{1}, std::size_t{std::thread::hardware_concurrency()});
    try {
      while (helpers.size() + 1 < (std::min)(wanted, count)) helpers.emplace_back(work);
    } catch (const std::system_error&) {  // the system gives no more: those that are there will do
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace evomlp::detail
