// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"
#include "support/draw.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::batch;
using evomlp_test::difference;

namespace {

/// A training pass over x that learns nothing; returns the output.
template <class Net, class T>
std::vector<T> train_on(Model<Net, T>& model, const Tensor<T>& x) {
  State state(model, SGD{.lr = 0}, {.max_batch = static_cast<int>(x.shape()[0])});
  auto y = make_matrix<T>(x.shape()[0], Net::out_features);
  y.fill(0);  // whatever, but a number: a loss that isn't finite leaves the statistics alone
  train_step(model, state, MSELoss{}, x, y);
  return std::vector<T>(state.work().y, state.work().y + x.shape()[0] * Net::out_features);
}

template <class L>
using Net = Sequential<L>;

// Feature 0: 1, 3, 5, 7: mean 4, sum of squared deviations 9 + 1 + 1 + 9 = 20. Feature 1: 0, 0, 0, 2: mean 0.5, 3.
const auto x = batch<double>(4, 2, {1, 0, 3, 0, 5, 0, 7, 2});

}  // namespace

TEST_CASE("BatchNorm1d normalises by the batch's biased variance plus eps") {
  Model<Net<BatchNorm1d<2, unbiased, 0.1, 0.25>>, double> model;
  const double s0 = 1 / std::sqrt(5.25), s1 = 1 / std::sqrt(1.0);
  const std::vector<double> expected{-3 * s0, -0.5 * s1, -s0, -0.5 * s1, s0, -0.5 * s1, 3 * s0, 1.5 * s1};
  CHECK(difference(train_on(model, x), expected) < 1e-15);

  parameter<"0.weight">(model)(1) = -2;
  parameter<"0.bias">(model)(1) = 10;
  CHECK(train_on(model, x)[7] == doctest::Approx(10 - 2 * 1.5));
}

TEST_CASE("BatchNorm1d keeps the unbiased variance by default and the biased one on demand, at its momentum") {
  const auto statistics = [](auto model) {
    train_on(model, x);
    return std::vector<double>(model.buffers().begin(), model.buffers().end());
  };
  const auto near = [](const std::vector<double>& got, const std::vector<double>& expected) {
    return difference(got, expected) < 1e-15;
  };
  // running_mean, running_mean, running_var, running_var: 0, 0, 1, 1 at the start
  CHECK(near(statistics(Model<Net<BatchNorm1d<2>>, double>{}), {0.4, 0.05, 0.9 + 0.1 * 20 / 3, 0.9 + 0.1 * 3 / 3}));
  CHECK(near(statistics(Model<Net<BatchNorm1d<2, biased>>, double>{}), {0.4, 0.05, 0.9 + 0.1 * 5, 0.9 + 0.1 * 0.75}));
  CHECK(near(statistics(Model<Net<BatchNorm1d<2, unbiased, 0.5>>, double>{}), {2, 0.25, 0.5 + 0.5 * 20 / 3, 1}));
  CHECK(near(statistics(Model<Net<BatchNorm1d<2, biased, 1>>, double>{}), {4, 0.5, 5, 0.75}));
  CHECK(near(statistics(Model<Net<BatchNorm1d<2, biased, 0>>, double>{}), {0, 0, 1, 1}));
}

TEST_CASE("BatchNorm1d predicts by the running statistics, also a single row, and predicting doesn't move them") {
  Model<Net<BatchNorm1d<2, unbiased, 0.1, 0>>, double> model;
  parameter<"0.running_mean">(model)(0) = 3;
  parameter<"0.running_var">(model)(0) = 4;
  parameter<"0.weight">(model)(0) = 10;
  parameter<"0.bias">(model)(0) = 1;
  const auto before = model;
  const auto y = predict(model, batch<double>(1, 2, {4, 7}));
  CHECK(y(0, 0) == 6);  // (4 - 3) / 2 · 10 + 1
  CHECK(y(0, 1) == 7);
  CHECK(model == before);
}

TEST_CASE("A training batch of one row is a ShapeError that leaves the model as it was") {
  Model<Sequential<Linear<2, 3>, ResidualBlock<1, Linear<3, 3>, BatchNorm1d<3>>>, double> model(init::he_normal(), 1);
  const auto before = model;
  State state(model, SGD{}, {.max_batch = 8});
  const auto one = batch<double>(1, 2, {1, 2});
  CHECK_THROWS_WITH_AS(
      train_step(model, state, MSELoss{}, one, make_matrix<double>(1, 3)),
      "train_step: a batch of 1 row, but BatchNorm1d needs at least 2 in training (a variance of one sample "
      "says nothing)",
      ShapeError);
  CHECK_THROWS_AS(gradcheck(model, MSELoss{}, one, make_matrix<double>(1, 3)), ShapeError);
  CHECK(model == before);
  CHECK(state.step() == 0);
  CHECK(predict(model, one).shape()[0] == 1);
}

TEST_CASE("A constant feature becomes its bias, not a NaN") {
  Model<Net<BatchNorm1d<1>>, float> model;
  parameter<"0.bias">(model)(0) = 0.5f;
  for (const float y : train_on(model, batch<float>(3, 1, {7, 7, 7}))) CHECK(y == 0.5f);
}

TEST_CASE("Statistics stay accurate far from 0: the variance is not a difference of large squares") {
  Model<Net<BatchNorm1d<1, biased, 1>>, float> model;
  train_on(model, batch<float>(4, 1, {10001, 10003, 10005, 10007}));
  CHECK(model.buffers()[0] == doctest::Approx(10004).epsilon(1e-6));
  CHECK(model.buffers()[1] == doctest::Approx(5).epsilon(1e-3));
}

TEST_CASE("Statistics of many rows don't lose the digits of a float") {
  constexpr std::size_t rows = 16384;
  auto many = make_matrix<float>(rows, 1);
  double sum = 0, squares = 0;
  evomlp_test::Draw draw(7);
  std::vector<double> normal(rows);
  draw.fill_normal(std::span(normal));
  for (std::size_t i = 0; i < rows; ++i) {
    many(i, 0) = static_cast<float>(1000.1 + 0.1 * normal[i]);
    sum += static_cast<double>(many(i, 0));
  }
  const double mean = sum / rows;
  for (const float value : many) squares += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  Model<Net<BatchNorm1d<1, biased, 1>>, float> model;
  train_on(model, many);
  CHECK(std::abs(static_cast<double>(model.buffers()[0]) - mean) < 2e-3 * 0.1);
  CHECK(static_cast<double>(model.buffers()[1]) == doctest::Approx(squares / rows).epsilon(1e-3));
}
