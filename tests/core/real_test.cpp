// SPDX-License-Identifier: MIT
#include "evomlp/core/real.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <type_traits>

using evomlp::Real;

namespace {

template <Real r>
struct Holder {
  static constexpr double value = r.value();
};

// The same number, however written, is the same type.
static_assert(std::is_same_v<Holder<5>, Holder<5u>> && std::is_same_v<Holder<5>, Holder<5.0f>> &&
              std::is_same_v<Holder<5>, Holder<5.0>> && std::is_same_v<Holder<5>, Holder<5LL>>);
static_assert(std::is_same_v<Holder<-0.0>, Holder<0>>);
static_assert(!std::is_same_v<Holder<-1>, Holder<1>> && !std::is_same_v<Holder<0.1>, Holder<0.1f>>);
static_assert(Holder<0.1>::value == 0.1 && Holder<-2.5f>::value == -2.5 && Holder<1e-300>::value == 1e-300);

}  // namespace

TEST_CASE("a real number comes back as it went in") {
  for (const double d : {0.0, 1.0, -3.25, 1e308, 5e-324, std::numeric_limits<double>::infinity()})
    CHECK(Real(d).value() == d);
  CHECK(!std::signbit(Real(-0.0).value()));
  CHECK(Real(7).value() == 7);
}
