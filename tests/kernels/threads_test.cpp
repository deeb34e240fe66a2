// SPDX-License-Identifier: MIT
#include "evomlp/kernels/threads.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace evomlp;

namespace {

/// A BLAS of the test's own: nothing here touches the real one's setting but the last case.
struct Settable : isa::NoBlas {
  static inline int now = 5;
  static int threads() { return now; }
  static void set_threads(int n) { now = n; }
};
struct Unknown : isa::NoBlas {
  static constexpr bool has_blas = true;
};

std::string message_of(auto f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

}  // namespace

TEST_CASE("a BLAS that can be asked and told") {
  CHECK(can_set_threads<Settable>);
  CHECK(threads<Settable>() == 5);
  threads<Settable>(3);
  CHECK(Settable::now == 3);
  {
    const ThreadsScope<Settable> one(1);
    CHECK(Settable::now == 1);
    {
      const ThreadsScope<Settable> two(2);
      CHECK(Settable::now == 2);
    }
    CHECK(Settable::now == 1);
  }
  CHECK(Settable::now == 3);
  for (const int n : {0, -1}) {
    CHECK(message_of([&] { threads<Settable>(n); }) ==
          "evomlp::threads: n is " + std::to_string(n) + ", expected at least 1");
    CHECK_THROWS_AS((void)ThreadsScope<Settable>{n}, Error);
  }
  CHECK(Settable::now == 3);
}

TEST_CASE("a BLAS that can't, and none at all") {
  CHECK(!can_set_threads<Unknown>);
  CHECK(threads<Unknown>() == 0);
  CHECK(message_of([] {
          threads<Unknown>(2);
        }).find("can't set 2 threads, since CMake found no openblas_set_num_threads") != std::string::npos);
  CHECK_THROWS_AS((void)ThreadsScope<Unknown>{1}, Error);
  CHECK(threads<isa::NoBlas>() == 1);
  threads<isa::NoBlas>(1);
  const ThreadsScope<isa::NoBlas> one(1);
  CHECK(message_of([] { threads<isa::NoBlas>(2); }).find("without a BLAS") != std::string::npos);
}

TEST_CASE("the BLAS of this program") {
  if constexpr (can_set_threads<>) {
    const int before = threads();
    CHECK(before >= 1);
    {
      const ThreadsScope two(2);
      CHECK(threads() == 2);
    }
    CHECK(threads() == before);
  } else {
    CHECK(threads() >= 0);
  }
}
