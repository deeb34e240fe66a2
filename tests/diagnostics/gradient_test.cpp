// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 5>, BatchNorm1d<5>, Tanh, Dropout<0.5>, Linear<5, 2>>;

TEST_CASE("gradient: what train_step computes, with the model as it was") {
  Model<Net, double> model(init::he_normal(), 3);
  const auto data = make_moons<double>({.n_samples = 20, .noise = 0.1});
  const xt::xtensor<double, 2> y = xt::concatenate(xt::xtuple(data.y, 1 - data.y), 1);
  const Model<Net, double> before = model;
  const auto found = gradient(model, MSELoss{}, data.x, y, {.seed = 4});
  CHECK(model == before);

  State state(model, SGD{.lr = 0.1}, {.max_batch = 20, .seed = 4});
  CHECK(train_step(model, state, MSELoss{}, data.x, y) == found.loss);
  CHECK(std::ranges::equal(state.gradients(), found.parameters));
}

TEST_CASE("gradient: dL/dx of a linear network is W of the loss's gradient") {
  using Linear1 = Sequential<Linear<2, 1>>;
  Model<Linear1, double> model(init::he_normal(), 1);
  const xt::xtensor<double, 2> x{{1, 2}, {-3, 0.5}, {0, 0}}, y{{0}, {1}, {2}};
  const auto found = gradient(model, MSELoss{.reduction = Reduction::half_sum_per_sample}, x, y);
  const auto output = predict(model, x);
  const auto weight = parameter(model, "0.weight");
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      CHECK(found.x(i, j) == doctest::Approx((output(i, 0) - y(i, 0)) / 3 * weight(0, j)).epsilon(1e-13));
}

TEST_CASE("gradient: what doesn't fit is named") {
  const Model<Net, double> model(init::he_normal(), 3);
  const xt::xtensor<double, 2> x = xt::zeros<double>({4, 3}), y = xt::zeros<double>({4, 2});
  CHECK_THROWS_WITH_AS(gradient(model, MSELoss{}, x, y), doctest::Contains("gradient: x has shape (4, 3)"), ShapeError);
  const xt::xtensor<double, 2> one = xt::zeros<double>({1, 2}), target = xt::zeros<double>({1, 2});
  CHECK_THROWS_WITH_AS(gradient(model, MSELoss{}, one, target), doctest::Contains("gradient: a batch of 1 row"),
                       ShapeError);
}

}  // namespace
