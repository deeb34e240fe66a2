// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

constexpr std::size_t n = 48;

// The set-up of Balduzzi et al. (2017); a depth counts the first and the last layer.
template <class... Hidden>
using Net = Sequential<Linear<1, n>, Hidden..., Linear<n, 3, false>>;
using Shallow = Net<BatchNorm1d<n>, ReLU>;
using PlainBatchNorm = Net<BatchNorm1d<n>, ReLU, Repeat<22, Linear<n, n, false>, BatchNorm1d<n>, ReLU>>;
template <Real beta>
using Residual = Net<Repeat<48, ResidualBlock<beta, BatchNorm1d<n>, ReLU, Linear<n, n, false>>>>;

// He, first biases N(0, 1), the last weights N(0, 1/n).
struct Start {
  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    if (parameter.rank == 2 && parameter.out != 3) return init::he_normal()(parameter, context, values);
    init::normal(0, parameter.rank == 1 ? 1 : 1 / std::sqrt(static_cast<double>(n)))(parameter, context, values);
  }
};

template <class N>
double lag1() {
  const Model<N, double> model(Start{}, 1);
  const auto found = gradient_autocorrelation(model, {.lags = 2});
  CHECK(found.constant == 0);
  return found.correlation[1];
}

// Bands of a study with another framework, at width 100 and with 10 outputs.
TEST_CASE("gradient_autocorrelation: a plain deep network's gradients are white noise, a residual one's are not") {
  CHECK(lag1<Shallow>() > 0.95);
  CHECK(std::abs(lag1<PlainBatchNorm>()) < 0.15);
  CHECK(lag1<Residual<0.1>>() > 0.7);
  const double residual = lag1<Residual<1>>();
  CHECK(residual > 0.35);
  CHECK(residual < 0.75);
}

// The same gradients from differences of the outputs' sums over the grid: every point moves every normalised one.
TEST_CASE("gradient_autocorrelation: gradients go through the batch's statistics, along the direction") {
  using Wide = Sequential<Linear<2, 4>, BatchNorm1d<4>, Tanh, Linear<4, 2>>;
  const Model<Wide, double> model(init::normal(0, 1), 5);
  const GradientGrid grid{.from = -1, .to = 3, .points = 5, .lags = 1, .origin = {0.5, 0}, .direction = {0.25, -1}};
  const Model<Wide, double> before = model;
  const auto found = gradient_autocorrelation(model, grid);
  CHECK(model == before);
  CHECK(found.t == std::vector<double>{-1, 0, 1, 2, 3});
  const auto sums = [&](std::size_t moved, double by) {
    xt::xtensor<double, 2> x = xt::zeros<double>({5, 2}), y = xt::zeros<double>({5, 2});
    for (std::size_t i = 0; i < 5; ++i) {
      const double t = found.t[i] + (i == moved ? by : 0);
      x(i, 0) = 0.5 + 0.25 * t;
      x(i, 1) = -t;
    }
    // The losses Σ ½ (y + 1)² and Σ ½ y² differ by the sum of y, and a constant.
    std::vector<double> result;
    for (std::size_t k = 0; k < 2; ++k) {
      xt::xtensor<double, 2> other = y;
      for (std::size_t i = 0; i < 5; ++i) other(i, k) = -1;
      const MSELoss half{.reduction = Reduction::half_sum_per_sample};
      result.push_back(5 * (gradient(model, half, x, other).loss - gradient(model, half, x, y).loss));
    }
    return result;
  };
  for (std::size_t i = 0; i < 5; ++i) {
    const auto above = sums(i, 1e-5), below = sums(i, -1e-5);
    for (std::size_t k = 0; k < 2; ++k)
      CHECK(found.gradients(k, i) == doctest::Approx((above[k] - below[k]) / 2e-5).epsilon(1e-6));
  }
}

TEST_CASE("gradient_autocorrelation: mean over outputs, covariance, references") {
  using Small = Sequential<Linear<1, 8>, Tanh, Linear<8, 2>>;
  const Model<Small, double> model(init::normal(0, 1), 2);
  const auto found = gradient_autocorrelation(model, {.points = 40, .lags = 10});
  const auto row = [&](std::size_t k) {
    std::vector<double> values;
    for (std::size_t i = 0; i < 40; ++i) values.push_back(found.gradients(k, i));
    return values;
  };
  const auto first = autocorrelation(row(0), 10), second = autocorrelation(row(1), 10);
  for (std::size_t lag = 0; lag <= 10; ++lag)
    CHECK(found.correlation[lag] == doctest::Approx((first[lag] + second[lag]) / 2));

  const auto covariance = found.covariance();
  CHECK(covariance(3, 7) == doctest::Approx(covariance(7, 3)));
  double expected = 0, all = 0;
  for (const auto& g : {row(0), row(1)}) {
    double mean = 0;
    for (const double value : g) mean += value / 40;
    expected += (g[3] - mean) * (g[7] - mean) / 2;
  }
  CHECK(covariance(3, 7) == doctest::Approx(expected));
  for (std::size_t j = 0; j < 40; ++j) all += covariance(3, j);
  CHECK(all == doctest::Approx(0).epsilon(1e-9));

  CHECK(std::abs(found.white[1]) < 0.1);
  CHECK(found.brown[1] > 0.75);
}

TEST_CASE("gradient_autocorrelation: a linear network's gradient is constant, and says so") {
  const Model<Sequential<Linear<1, 3>, Linear<3, 2>>> linear(init::he_normal(), 1);
  const auto found = gradient_autocorrelation(linear, {.points = 8, .lags = 2});
  CHECK(found.constant == 2);
  CHECK(std::isnan(found.correlation[1]));
  CHECK(found.to_string().find("left out: 2 of 2 outputs, whose gradient is constant\n") != std::string::npos);
}

TEST_CASE("gradient_autocorrelation: a gradient that isn't finite is no constant one") {
  Model<Sequential<Linear<1, 3>, Tanh, Linear<3, 2>>> model(init::normal(0, 1), 1);
  parameter(model, "2.weight")(0, 1) = NAN;  // 0 times it is NaN, too: both outputs
  const auto found = gradient_autocorrelation(model, {.points = 8, .lags = 2});
  CHECK(found.constant == 0);
  CHECK(found.not_finite == 2);
  CHECK(std::isnan(found.correlation[1]));
  CHECK(found.to_string().find("left out: 2 of 2 outputs, whose gradient is not finite\n") != std::string::npos);
  CHECK(found.to_string().find("constant") == std::string::npos);
}

TEST_CASE("gradient_autocorrelation: table and CSV") {
  GradientAutocorrelation found{.correlation = {1, 0.123456}, .white = {1, -0.01}, .brown = {1, 0.972}};
  CHECK(found.to_string() ==
        "lag  gradient  white noise  brown noise\n"
        "  0         1            1            1\n"
        "  1     0.123        -0.01        0.972\n");
  const std::string path = "gradient_autocorrelation_test.csv";
  found.write_csv(path);
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) ==
        "lag,gradient,white_noise,brown_noise\n0,1,1,1\n1,0.123456,-0.01,0.972\n");
  std::remove(path.c_str());
}

TEST_CASE("gradient_autocorrelation: what can't be is named") {
  const Model<Sequential<Linear<2, 1>>> model;
  CHECK_THROWS_WITH_AS(gradient_autocorrelation(model, {.from = 1, .to = 1}),
                       "gradient_autocorrelation: the grid goes from 1 to 1, expected a finite interval",
                       TrainingError);
  CHECK_THROWS_AS(gradient_autocorrelation(model, {.to = INFINITY}), TrainingError);
  CHECK_THROWS_AS(gradient_autocorrelation(model, {.from = NAN}), TrainingError);
  CHECK_THROWS_WITH_AS(gradient_autocorrelation(model, {.points = 5, .lags = 5}),
                       "gradient_autocorrelation: 5 points and 5 lags, expected at least one lag and more points than "
                       "lags",
                       TrainingError);
  CHECK_THROWS_AS(gradient_autocorrelation(model, {.points = -1}), TrainingError);
  CHECK_THROWS_AS(gradient_autocorrelation(model, {.lags = 0}), TrainingError);
  CHECK_THROWS_WITH_AS(gradient_autocorrelation(model, {.origin = {1}}),
                       "gradient_autocorrelation: origin has 1 numbers, the network takes 2", ShapeError);
  CHECK_THROWS_WITH_AS(gradient_autocorrelation(model, {.direction = {1, 0, 0}}),
                       "gradient_autocorrelation: direction has 3 numbers, the network takes 2", ShapeError);
  for (const double bad : {0.0, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    CHECK_THROWS_WITH_AS(gradient_autocorrelation(model, {.direction = {bad, 0}}),
                         "gradient_autocorrelation: direction is 0 or isn't finite", TrainingError);
}

}  // namespace
