// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace evomlp;

TEST_CASE("HighwayBlock: y = t F(x) + (1 - t) x by hand, with the gate's bias at -1 whatever the initialiser") {
  using Net = Sequential<HighwayBlock<Linear<2, 2, false>>>;
  const Model<Net, double> drawn(init::normal(3, 1), 7);
  CHECK(parameter<"0.gate.bias">(drawn)(0) == -1);
  CHECK(parameter<"0.gate.bias">(drawn)(1) == -1);
  CHECK(parameter<"0.gate.weight">(drawn)(0, 0) != 0);

  Model<Net, double> model;
  parameter<"0.gate.bias">(model)(1) = 0;  // gates σ(-1) and 1/2
  auto weight = parameter<"0.body.0.weight">(model);
  weight(0, 0) = 3, weight(1, 0) = 1, weight(1, 1) = 2;  // F(x) = (3 x0, x0 + 2 x1)
  const double t = 1 / (1 + std::exp(1.0));
  const std::vector<double> expected{t * 3 + (1 - t) * 1, 0.5 * 5 + 0.5 * 2};
  CHECK(evomlp_test::difference(predict(model, evomlp_test::batch<double>(1, 2, {1, 2})), expected) < 1e-15);
}
