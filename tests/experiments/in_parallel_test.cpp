// SPDX-License-Identifier: MIT
// labels: thread
#include "evomlp/experiments/in_parallel.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <thread>
#include <vector>

using evomlp::detail::in_parallel;

TEST_CASE("each turn is taken once, and its end is told once, after it") {
  for (const int threads : {0, 1, 2, 5}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{200}}) {
      CAPTURE(threads);
      CAPTURE(count);
      std::vector<int> made(count), ended(count);
      int sum = 0;  // without a lock: ends are told one at a time
      in_parallel(
          count, threads, [&](std::size_t i) { made[i] += 1; },
          [&](std::size_t i) {
            ended[i] += made[i];
            ++sum;
          });
      CHECK(ended == std::vector<int>(count, 1));
      CHECK(sum == static_cast<int>(count));
    }
  }
}

TEST_CASE("one thread is the caller, and goes in order") {
  const auto caller = std::this_thread::get_id();
  std::vector<std::size_t> order;
  in_parallel(
      5, 1,
      [&](std::size_t i) {
        CHECK(std::this_thread::get_id() == caller);
        order.push_back(i);
      },
      [](std::size_t) {});
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("the first exception comes out, from either side, and no further turns are taken") {
  for (const bool from_end : {false, true}) {
    int made = 0;
    CHECK_THROWS_WITH_AS(in_parallel(
                             100, 1,
                             [&](std::size_t i) {
                               ++made;
                               if (i == 3 && !from_end) throw std::runtime_error("made 3");
                             },
                             [&](std::size_t i) {
                               if (i == 3) throw std::runtime_error("ended 3");
                             }),
                         from_end ? "ended 3" : "made 3", std::runtime_error);
    CHECK(made == 4);
  }
  for (int round = 0; round < 20; ++round)
    CHECK_THROWS_AS(
        in_parallel(50, 4, [](std::size_t) { throw std::runtime_error(""); }, [](std::size_t) {}), std::runtime_error);
}
