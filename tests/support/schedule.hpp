// SPDX-License-Identifier: MIT
// The learning rates that schedulers make, without a network.
#pragma once

#include "evomlp/train/extras.hpp"
#include "reference/case.hpp"
#include "support/close.hpp"

#include <cstddef>
#include <vector>

namespace evomlp_test {

/// Of each step, as fit sets them.
std::vector<double> rates(double lr, int epochs, std::size_t steps, auto&&... schedulers) {
  evomlp::detail::Extras all(true, schedulers...);
  all.begin({epochs, steps, steps});
  std::vector<double> result;
  for (int epoch = 0; epoch < epochs; ++epoch)
    for (std::size_t step = 0; step < steps; ++step) result.push_back(all.lr({epoch, epochs, step, steps, lr}));
  return result;
}

/// The largest difference from a reference, relative to the rule's rate.
double schedule_difference(const evomlp_reference::ScheduleCase& c, auto&&... schedulers) {
  return difference(rates(c.lr, static_cast<int>(c.epochs), c.steps, schedulers...), c.lr_of_step, c.lr);
}

}  // namespace evomlp_test
