// SPDX-License-Identifier: MIT
#pragma once

#include "evomlp/diagnostics/gradcheck.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "support/batch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace evomlp_test {

/// Gradients in double of a net with drawn parameters, biases, α and BatchNorm's γ and β among them, so that no
/// gradient is 0 by the start's choice. Give another seed where a ReLU's input lies within the quotient's step of 0.
template <class Net>
void check_gradients(std::size_t rows, std::uint64_t seed = 1) {
  using namespace evomlp;
  Model<Net, double> model;
  const Random random(seed, Stream::init);
  std::uint64_t index = 0;
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained) continue;
    const double scale = info.rank == 2 ? std::sqrt(1.5 / static_cast<double>(info.in)) : 0.4;
    const double mean = info.initial ? *info.initial : 0.0;
    for (double& value : model.parameters().subspan(info.offset, info.size))
      value = std::fma(scale, random.normal(index++), mean);
  }
  const auto x = normal_batch<double>(rows, Net::in_features, seed + 1000);
  const auto target = normal_batch<double>(rows, Net::out_features, seed + 2000);
  const Model<Net, double> before = model;
  const GradCheck result = gradcheck(model, MSELoss{}, x, target, {.seed = seed});
  INFO(result.key, "[", result.index, "]: backward ", result.analytic, ", finite differences ", result.numeric);
  CHECK(result.worst < 1e-6);
  CHECK(!result.key.empty());  // something was compared, and rounding moved it
  CHECK(model == before);
}

}  // namespace evomlp_test
