// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace evomlp;
using evomlp_test::batch;
using evomlp_test::normal_batch;

TEST_CASE("ReZeroBlock starts as the identity, whatever the initialiser, and learns its alpha") {
  using Net = Sequential<ReZeroBlock<Linear<3, 3>, Tanh>, ReZeroBlock<Linear<3, 3>>>;
  Model<Net, double> model(init::normal(1, 2), 3);
  const auto x = normal_batch<double>(5, 3, 1);
  CHECK(evomlp_test::difference(predict(model, x), x) == 0);
  CHECK(parameter<"0.alpha">(model)(0) == 0);
  State state(model, SGD{.lr = 0.1}, {.max_batch = 8});
  train_step(model, state, MSELoss{}, x, normal_batch<double>(5, 3, 2));
  CHECK(parameter<"0.alpha">(model)(0) != 0);
  CHECK(parameter<"1.alpha">(model)(0) != 0);
}

TEST_CASE("ReZeroBlock: y = x + alpha F(x) by hand") {
  using Net = Sequential<ReZeroBlock<Linear<2, 2>, ReLU>>;
  Model<Net, double> model;
  parameter<"0.alpha">(model)(0) = -0.5;
  auto weight = parameter<"0.body.0.weight">(model);
  weight(0, 0) = 1, weight(0, 1) = 3, weight(1, 0) = -2, weight(1, 1) = 1;  // [out, in]
  parameter<"0.body.0.bias">(model)(0) = 1;
  const std::vector<double> expected{-3, 2};  // F(1, 2) = relu(8, 0); y = (1, 2) - 0.5 (8, 0)
  CHECK(evomlp_test::difference(predict(model, batch<double>(1, 2, {1, 2})), expected) < 1e-15);
}
