// SPDX-License-Identifier: MIT
// expect: before_step of a probe must take (const SchedulePoint&) or (const SchedulePoint&, const auto& model, const auto& state)
#include "evomlp/evomlp.hpp"

struct AsksForTheModelOnly {
  bool before_step(const evomlp::SchedulePoint&, const auto&) { return true; }
  void forward(const auto&, auto, auto) {}
};

void train(evomlp::Model<evomlp::Sequential<evomlp::Linear<2, 1>>>& model, const evomlp::Dataset<float>& data) {
  evomlp::fit(model, data, evomlp::MSELoss{}, evomlp::SGD{}, {}, AsksForTheModelOnly{});
}
