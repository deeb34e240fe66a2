// SPDX-License-Identifier: MIT
// A run of fit that something ends, for the tests of what does.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/data/dataset.hpp"
#include "evomlp/init/init.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/parameter.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>

namespace evomlp_test {

/// What the runs below train.
using StopNet = evomlp::Sequential<evomlp::Linear<3, 8>, evomlp::ReLU, evomlp::Linear<8, 1>>;

/// Validation on the opposite of what is learned: every epoch is worse than the first.
inline evomlp::Dataset<float> opposite_of(evomlp::Dataset<float> data) {
  for (std::size_t i = 0; i < data.size(); ++i) data.y(i, 0) = 1 - data.y(i, 0);
  return data;
}

/// A run whose best epoch is the first.
struct Run {
  evomlp::Dataset<float> data = two_sides<float>(20, 3), validation = opposite_of(data);
  evomlp::Model<StopNet> model{evomlp::init::he_normal(), 1};
  Recorder<evomlp::Model<StopNet>> recorder{&model};
  evomlp::History history;

  /// Four steps an epoch, nine epochs.
  void operator()(auto&&... extras) {
    history = evomlp::fit(model, data, evomlp::BCEWithLogitsLoss{}, evomlp::Adam{.lr = 1e-2},
                          {.epochs = 9, .batch_size = 5, .validation = &validation}, recorder, extras...);
  }
  void check_best_is_first() const {
    REQUIRE(recorder.after.size() > 1);
    CHECK(history.best_epoch() == 0);
    CHECK(same_bits(model, recorder.after[0]));
  }
};

/// Calls f at a step counted from 0.
template <class F>
struct At {
  int step;
  F f;
  int seen = 0;
  void on_step(const evomlp::StepReport& report) {
    if (seen++ == step) f(report);
  }
};
template <class F>
At(int, F) -> At<F>;

/// Puts a NaN into a parameter after a step.
struct Poison {
  int epoch;
  std::size_t step;
  void on_step(const evomlp::StepReport& report, evomlp::Model<StopNet>& model, const auto&) const {
    if (report.epoch == epoch && report.step == step)
      evomlp::parameter<"2.weight">(model)(0, 3) = std::numeric_limits<float>::quiet_NaN();
  }
};

}  // namespace evomlp_test
