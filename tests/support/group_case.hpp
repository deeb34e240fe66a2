// SPDX-License-Identifier: MIT
// Chains on the parameters of two Linear layers against tests/reference/groups.hpp.
#pragma once

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "reference/groups.hpp"
#include "support/close.hpp"
#include "support/drive_chain.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace evomlp_test {

/// 0.weight 12, 0.bias 4, 1.weight 8, 1.bias 2 numbers.
using TwoLayers = evomlp::Sequential<evomlp::Linear<3, 4>, evomlp::Linear<4, 2>>;

/// The driver after the case's steps, each compared. `before(step, chain)` runs before each.
template <class T>
auto check_groups(const evomlp_reference::RuleCase& c, auto chain, double tolerance, auto before) {
  INFO(std::string(c.chain));
  auto driver = drive<TwoLayers, T>(chain, c.start);
  for (std::size_t step = 0; step < c.steps; ++step) {
    CAPTURE(step);
    before(step, driver.chain());
    const auto& weights = driver.step(c.gradients.subspan(step * c.size, c.size));
    CHECK(difference(weights, c.after.subspan(step * c.size, c.size)) < tolerance);
  }
  return driver;
}

/// In both scalars.
void check_groups(const evomlp_reference::RuleCase& c, auto chain, auto before) {
  check_groups<double>(c, chain, 1e-13, before);
  check_groups<float>(c, chain, 2e-6, before);
}
void check_groups(const evomlp_reference::RuleCase& c, auto chain) {
  check_groups(c, chain, [](std::size_t, auto&) {});
}

}  // namespace evomlp_test
