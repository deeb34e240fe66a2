// SPDX-License-Identifier: MIT
// Every update rule, with and without clips and decay: ten successive steps against the reference.
#include "reference/rules.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/rmsprop.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/close.hpp"
#include "support/drive_chain.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::drive;

namespace {

using Net = Linear<7, 1, false>;  // the reference's seven elements are weights: decay touches them

template <class T, class Isa>
void check(const evomlp_reference::RuleCase& c, auto chain, double tolerance) {
  INFO(std::string(c.chain));
  REQUIRE(c.size == 7);
  auto driver = drive<Net, T, Isa>(chain, c.start);
  for (std::size_t step = 0; step < c.steps; ++step) {
    CAPTURE(step);
    const auto& weights = driver.step(c.gradients.subspan(step * c.size, c.size));
    CHECK(difference(weights, c.after.subspan(step * c.size, c.size)) < tolerance);
  }
}

}  // namespace

#define EVOMLP_CHECK_RULE(name, ...) check<T, Isa>(evomlp_reference::name, __VA_ARGS__, tolerance);

TEST_CASE("rules agree with the reference in double") {
  using T = double;
  using Isa = isa::ThisTarget;
  const double tolerance = 1e-13;
  EVOMLP_REFERENCE_RULES(EVOMLP_CHECK_RULE)
}

TEST_CASE("rules agree with the reference in double without SIMD") {
  using T = double;
  using Isa = isa::Plain;
  const double tolerance = 1e-13;
  EVOMLP_REFERENCE_RULES(EVOMLP_CHECK_RULE)
}

TEST_CASE("rules agree with the reference in float") {
  using T = float;
  using Isa = isa::ThisTarget;
  const double tolerance = 2e-6;
  EVOMLP_REFERENCE_RULES(EVOMLP_CHECK_RULE)
}
