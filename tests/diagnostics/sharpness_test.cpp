// SPDX-License-Identifier: MIT
// hessian_vector, hessian and sharpness against Hessians known in closed form, and against each other.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::batch;
using evomlp_test::normal_batch;

namespace {

constexpr MSELoss half{.reduction = Reduction::half_sum_per_sample};

/// L = ½ mean(y − t)² of y = w·x: quadratic, with H = mean x xᵀ wherever w is.
template <std::size_t n>
using Quadratic = Sequential<Linear<n, 1, false>>;

/// The batch for which H is the diagonal matrix of these numbers.
template <class T, std::size_t n>
Tensor<T> diagonal_batch(const double (&eigenvalues)[n]) {
  auto x = make_matrix<T>(n, n);
  x.fill(0);
  for (std::size_t i = 0; i < n; ++i) x(i, i) = static_cast<T>(std::sqrt(eigenvalues[i] * n));
  return x;
}

/// −½ y²: with it a linear network's Hessian is negative.
struct Hill {
  static auto value(auto y, auto) { return -0.5 * y * y; }
  static auto slope(auto y, auto) { return -y; }
};
/// ½ s y², with the sign s as target.
struct Saddle {
  static auto value(auto y, auto t) { return 0.5 * t * y * y; }
  static auto slope(auto y, auto t) { return t * y; }
};

/// S34: y = w2 σ(w1 x), at x = 1.
using OneOneOne = Sequential<Linear<1, 1, false>, Sigmoid, Linear<1, 1, false>>;
template <class T>
Model<OneOneOne, T> one_one_one(double w1, double w2) {
  Model<OneOneOne, T> model;
  model.parameters()[0] = static_cast<T>(w1);
  model.parameters()[1] = static_cast<T>(w2);
  return model;
}

using Small = Sequential<Linear<3, 5>, Tanh, Linear<5, 2>>;

}  // namespace

TEST_CASE_TEMPLATE("hessian_vector and hessian of a quadratic are its matrix, whatever the length of v", T, float,
                   double) {
  const double near = sizeof(T) == 8 ? 1e-8 : 1e-3;
  const double eigenvalues[] = {3, 0.5, 7, 0};
  const Model<Quadratic<4>, T> model(init::normal(0, 1), 1);
  const auto x = diagonal_batch<T>(eigenvalues);
  const auto y = normal_batch<T>(4, 1, 2);
  for (const double length : {1e-3, 1.0, 1e3}) {
    const std::vector<T> v(4, static_cast<T>(length));
    const auto product = hessian_vector(model, half, x, y, v);
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(static_cast<double>(product[i]) / length == doctest::Approx(eigenvalues[i]).epsilon(near));
  }
  const std::vector<T> zero(4, T(0));
  for (const T one : hessian_vector(model, half, x, y, zero)) CHECK(one == 0);

  const Hessian found = hessian(model, half, x, y);
  const double sorted[] = {0, 0.5, 3, 7};
  for (std::size_t i = 0; i < 4; ++i) CHECK(found.eigenvalues[i] == doctest::Approx(sorted[i]).epsilon(near));
  CHECK(found.asymmetry < near);
  CHECK(!found.indefinite());
}

TEST_CASE_TEMPLATE("the 1-1-1 net's Hessian is that of the formulas", T, float, double) {
  const double near = sizeof(T) == 8 ? 1e-8 : 2e-3;
  const auto x = batch<T>(1, 1, {1}), y = batch<T>(1, 1, {0});
  for (const double w1 : {-2.0, 0.0, 1.5})
    for (const double w2 : {-1.0, 0.0, 0.7}) {
      const double s = 1 / (1 + std::exp(-w1)), ds = s * (1 - s), dds = ds * (1 - 2 * s);
      const auto found = hessian(one_one_one<T>(w1, w2), half, x, y);
      CHECK(found.matrix(0, 0) == doctest::Approx(w2 * w2 * (ds * ds + s * dds)).epsilon(near));
      CHECK(found.matrix(0, 1) == doctest::Approx(2 * w2 * s * ds).epsilon(near));
      CHECK(found.matrix(1, 0) == found.matrix(0, 1));
      CHECK(found.matrix(1, 1) == doctest::Approx(s * s).epsilon(near));
      CHECK(found.eigenvalues[0] * found.eigenvalues[1] ==
            doctest::Approx(-w2 * w2 * std::pow(s, 4) * (1 - s) * (2 - s)).epsilon(near));
      CHECK(found.indefinite() == (w2 != 0));
    }
  const auto target = batch<T>(1, 1, {1});
  const auto saddle = hessian(one_one_one<T>(0, 0), BCEWithLogitsLoss{}, x, target);
  CHECK(saddle.eigenvalues[0] == doctest::Approx((1.0 / 16 - std::sqrt(1.0 / 256 + 1.0 / 16)) / 2).epsilon(near));
  CHECK(saddle.eigenvalues[1] == doctest::Approx((1.0 / 16 + std::sqrt(1.0 / 256 + 1.0 / 16)) / 2).epsilon(near));
  CHECK(saddle.to_string() == "Hessian of 2 parameters: eigenvalues -0.0976 to 0.1601, 1 negative, indefinite\n");
}

TEST_CASE_TEMPLATE("sharpness is the largest eigenvalue of a quadratic, and says how sure it is", T, float, double) {
  const double eigenvalues[] = {3, 0.5, 7, 0, 6.5, 1};
  const Model<Quadratic<6>, T> model(init::normal(0, 1), 1);
  const auto x = diagonal_batch<T>(eigenvalues);
  const auto y = normal_batch<T>(6, 1, 2);
  const Sharpness found = sharpness(model, half, x, y, {.iterations = 200, .tolerance = 1e-3, .seed = 3});
  CHECK(found.value == doctest::Approx(7).epsilon(1e-4));
  CHECK(found.dominant == found.value);
  CHECK(found.converged);
  CHECK(found.residual <= 7e-3);
  CHECK(found.iterations < 200);
  CHECK(std::abs(found.direction[2]) == doctest::Approx(1).epsilon(1e-4));

  const Sharpness hasty = sharpness(model, half, x, y, {.iterations = 2, .tolerance = 1e-6});
  CHECK(!hasty.converged);
  CHECK(hasty.iterations == 4);
  CHECK(hasty.residual > 7e-6);
  CHECK(hasty.value < 7);
  CHECK(hasty.to_string().find(", 4 products H v, not converged)\n") != std::string::npos);
}

TEST_CASE_TEMPLATE("sharpness finds the largest eigenvalue where a negative one is larger in absolute value", T, float,
                   double) {
  const double magnitudes[] = {3, 9, 0.5, 1};
  const Model<Quadratic<4>, T> model(init::normal(0, 1), 1);
  const auto x = diagonal_batch<T>(magnitudes);
  const Sharpness saddle = sharpness(model, Saddle{}, x, batch<T>(4, 1, {1, -1, 1, -1}), {.tolerance = 1e-3});
  CHECK(saddle.value == doctest::Approx(3).epsilon(1e-4));
  CHECK(saddle.dominant == doctest::Approx(-9).epsilon(1e-4));
  CHECK(saddle.converged);
  CHECK(saddle.to_string().find("; larger in absolute value: the eigenvalue -9") != std::string::npos);

  const Sharpness hill = sharpness(model, Hill{}, x, batch<T>(4, 1, {0, 0, 0, 0}), {.tolerance = 1e-3});
  CHECK(hill.value == doctest::Approx(-0.5).epsilon(1e-2));
  CHECK(hill.dominant == doctest::Approx(-9).epsilon(1e-4));
}

TEST_CASE("sharpness isn't held up by eigenvalues of opposite sign and equal size") {
  const double magnitudes[] = {4, 4, 1};
  const Model<Quadratic<3>, double> model(init::normal(0, 1), 1);
  const Sharpness found =
      sharpness(model, Saddle{}, diagonal_batch<double>(magnitudes), batch<double>(3, 1, {1, -1, 1}));
  CHECK(found.value == doctest::Approx(4).epsilon(1e-3));
  CHECK(found.converged);
}

TEST_CASE("sharpness isn't fooled by many flat directions beside a large negative one") {
  constexpr std::size_t n = 60;
  double magnitudes[n] = {1, 30};
  const Model<Quadratic<n>, double> model(init::normal(0, 1), 1);
  auto signs = make_matrix<double>(n, 1);
  signs.fill(1);
  signs(1, 0) = -1;
  const Sharpness found = sharpness(model, Saddle{}, diagonal_batch<double>(magnitudes), signs, {.iterations = 500});
  CHECK(found.value == doctest::Approx(1).epsilon(1e-2));
  CHECK(found.converged);
}

TEST_CASE("sharpness of a network is the last of its dense Hessian's eigenvalues, the model as it was") {
  const Model<Small, double> model(init::xavier_normal(), 4);
  const auto before = model;
  const auto x = normal_batch<double>(12, 3, 1);
  const auto y = normal_batch<double>(12, 2, 2);
  const Hessian dense = hessian(model, MSELoss{}, x, y);
  const Sharpness found = sharpness(model, MSELoss{}, x, y, {.iterations = 1000, .tolerance = 1e-5});
  CHECK(found.converged);
  CHECK(found.value == doctest::Approx(dense.eigenvalues.back()).epsilon(1e-8));
  CHECK(dense.asymmetry < 1e-7);
  Model<Small, float> single;
  for (std::size_t i = 0; i < 32; ++i) single.parameters()[i] = static_cast<float>(model.parameters()[i]);
  const Sharpness rounded = sharpness(single, MSELoss{}, normal_batch<float>(12, 3, 1), normal_batch<float>(12, 2, 2));
  CHECK(rounded.converged);
  CHECK(rounded.value == doctest::Approx(found.value).epsilon(1e-3));
  // The sum of the eigenvalues is the trace, that of their squares the sum of all entries' squares.
  double trace = 0, squares = 0;
  for (std::size_t i = 0; i < 32; ++i) trace += dense.matrix(i, i);
  for (const double one : dense.matrix) squares += one * one;
  CHECK(std::accumulate(dense.eigenvalues.begin(), dense.eigenvalues.end(), 0.0) == doctest::Approx(trace));
  CHECK(std::inner_product(dense.eigenvalues.begin(), dense.eigenvalues.end(), dense.eigenvalues.begin(), 0.0) ==
        doctest::Approx(squares));
  CHECK(model == before);

  const auto product = hessian_vector(model, MSELoss{}, x, y, found.direction);
  for (std::size_t i = 0; i < product.size(); ++i)
    CHECK(product[i] == doctest::Approx(found.value * found.direction[i]).epsilon(1e-4));
}

TEST_CASE("with ReLU and BatchNorm no jump at a kink passes for curvature") {
  using Net =
      Sequential<Linear<2, 6>, BatchNorm1d<6>, ReLU, Repeat<2, Linear<6, 6>, BatchNorm1d<6>, ReLU>, Linear<6, 1>>;
  const auto moons = make_moons<double>({.n_samples = 80, .noise = 0.1});
  Model<Net, double> model(init::he_normal(), 1);
  fit(model, moons, BCEWithLogitsLoss{}, SGD{.lr = 0.1}, {.epochs = 10, .batch_size = 20, .restore_best = false});
  const Hessian dense = hessian(model, BCEWithLogitsLoss{}, moons.x, moons.y, {.step = 1e-8});
  CHECK(dense.asymmetry < 1e-4);  // no kink in any of its steps
  int found_wrong = 0;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const auto at = [&](double step) {
      return sharpness(model, BCEWithLogitsLoss{}, moons.x, moons.y, {.iterations = 100, .step = step, .seed = seed});
    };
    const Sharpness found = at(0);
    CHECK(found.converged);
    CHECK(found.value == doctest::Approx(dense.eigenvalues.back()).epsilon(0.01));
    for (const double step : {1e-5, 1e-3, 1e-2}) {
      const Sharpness crossing = at(step);
      const bool right = std::abs(crossing.value / dense.eigenvalues.back() - 1) < 0.1;
      found_wrong += right ? 0 : 1;
      CHECK((right || !crossing.converged));
    }
  }
  CHECK(found_wrong > 0);  // the steps do meet kinks
}

TEST_CASE("a model that lies on a kink has no sharpness, and it is not said to have one") {
  Model<Sequential<Linear<1, 1>, ReLU, Linear<1, 1>>, double> model;
  for (double& one : model.parameters()) one = 1;
  parameter(model, "0.bias")[0] = 0;
  const auto x = batch<double>(1, 1, {0}), y = batch<double>(1, 1, {-2});
  const Sharpness found = sharpness(model, MSELoss{}, x, y);
  CHECK(!found.converged);
  CHECK(found.to_string().find("not converged") != std::string::npos);
}

TEST_CASE("of a data source: the mean over batches, also of labels, weights and a rest that doesn't fill a batch") {
  using Net = Sequential<Linear<2, 4>, Tanh, Linear<4, 2>>;
  const Model<Net, double> model(init::xavier_normal(), 4);
  const Dataset<double> moons = make_moons<double>({.n_samples = 23, .noise = 0.1});
  Dataset<double, Labels> data{moons.x, make_labels(23)};
  for (std::size_t i = 0; i < 23; ++i) data.y(i) = static_cast<std::int32_t>(moons.y(i, 0));
  const double whole = sharpness(model, CrossEntropyLoss{}, data.x, data.y, {.tolerance = 1e-4}).value;
  for (const int size : {1, 5, 22, 23, 100})
    CHECK(sharpness(model, data, CrossEntropyLoss{}, {.tolerance = 1e-4, .batch_size = size}).value ==
          doctest::Approx(whole).epsilon(1e-6));
  const std::vector<double> v(Net::num_parameters, 1.0);
  CHECK(hessian_vector(model, data, CrossEntropyLoss{}, v, {.batch_size = 4})[3] ==
        doctest::Approx(hessian_vector(model, CrossEntropyLoss{}, data.x, data.y, v)[3]).epsilon(1e-6));
  CHECK(hessian(model, data, CrossEntropyLoss{}, {.batch_size = 4}).eigenvalues.back() ==
        doctest::Approx(whole).epsilon(1e-4));

  // A weight of 3 is the sample three times; one of 0 is none.
  data.weights = Dataset<double, Labels>::Weights::from_shape({23});
  data.weights.fill(1);
  data.weights(0) = 3;
  data.weights(1) = 0;
  std::vector<std::size_t> rows{0, 0, 0};
  for (std::size_t i = 2; i < 23; ++i) rows.push_back(i);
  const Dataset<double, Labels> repeated = take_rows(Dataset<double, Labels>{data.x, data.y}, rows);
  CHECK(sharpness(model, data, CrossEntropyLoss{}, {.tolerance = 1e-4, .batch_size = 7}).value ==
        doctest::Approx(sharpness(model, repeated, CrossEntropyLoss{}, {.tolerance = 1e-4}).value).epsilon(1e-6));
}

TEST_CASE("with BatchNorm and Dropout it is the curvature of the training loss, the running statistics as they were") {
  using Net = Sequential<Linear<2, 3>, BatchNorm1d<3>, Tanh, Dropout<0.5>, Linear<3, 1>>;
  const Model<Net, double> model(init::he_normal(), 4);
  const auto before = model;
  const auto x = normal_batch<double>(10, 2, 1);
  const auto y = normal_batch<double>(10, 1, 2);
  const Hessian dense = hessian(model, MSELoss{}, x, y, {.seed = 5});
  CHECK(dense.asymmetry < 1e-7);
  const Sharpness found = sharpness(model, MSELoss{}, x, y, {.iterations = 1000, .tolerance = 1e-5, .seed = 5});
  CHECK(found.value == doctest::Approx(dense.eigenvalues.back()).epsilon(1e-6));
  // The scale of what enters BatchNorm makes no difference, nor does the bias before it: H has flat directions.
  CHECK(std::abs(dense.matrix(6, 6)) < 1e-8);
  CHECK(model == before);
}

TEST_CASE("what can't be is said") {
  const Model<Small, double> model(init::xavier_normal(), 4);
  const auto x = normal_batch<double>(4, 3, 1), y = normal_batch<double>(4, 2, 2);
  CHECK_THROWS_WITH_AS(sharpness(model, MSELoss{}, normal_batch<double>(4, 2, 1), y),
                       "sharpness: x has shape (4, 2), expected (batch, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(sharpness(model, MSELoss{}, x, normal_batch<double>(3, 2, 2)),
                       "sharpness: y has 3 rows, x has 4", ShapeError);
  CHECK_THROWS_WITH_AS(hessian(model, MSELoss{}, make_matrix<double>(0, 3), make_matrix<double>(0, 2)),
                       "hessian: an empty batch", ShapeError);
  CHECK_THROWS_WITH_AS(hessian_vector(model, MSELoss{}, x, y, std::vector<double>(31)),
                       "hessian_vector: a direction of 31 numbers, the network has 32 parameters", ShapeError);
  CHECK_THROWS_WITH_AS(sharpness(model, MSELoss{}, x, y, {.iterations = 0}),
                       "sharpness: iterations is 0, expected at least 1", TrainingError);
  CHECK_THROWS_WITH_AS(sharpness(model, MSELoss{}, x, y, {.tolerance = -1}),
                       doctest::Contains("sharpness: tolerance is -1"), TrainingError);
  CHECK_THROWS_WITH_AS(sharpness(model, MSELoss{}, x, y, {.step = -1}), doctest::Contains("sharpness: step is -1"),
                       TrainingError);
  CHECK_THROWS_WITH_AS(hessian(model, MSELoss{}, x, y, {.step = std::numeric_limits<double>::infinity()}),
                       doctest::Contains("hessian: step is inf"), TrainingError);
  std::vector<double> not_finite(32);
  not_finite[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(hessian_vector(model, MSELoss{}, x, y, not_finite),
                       "hessian_vector: got a direction that isn't finite", TrainingError);
  std::vector<double> one(32), tiny(32), huge(32);
  one[5] = 1;
  tiny[5] = 1e-200;
  huge[5] = 1e200;
  const double expected = hessian_vector(model, MSELoss{}, x, y, one)[5];
  CHECK(hessian_vector(model, MSELoss{}, x, y, tiny)[5] / 1e-200 == doctest::Approx(expected));
  CHECK(hessian_vector(model, MSELoss{}, x, y, huge)[5] / 1e200 == doctest::Approx(expected));
  CHECK_THROWS_WITH_AS(hessian_vector(model, MSELoss{}, x, y, std::vector<double>(32), {.step = -1}),
                       doctest::Contains("hessian_vector: step is -1"), TrainingError);
  const Dataset<double> data{x, y}, none{make_matrix<double>(0, 3), make_matrix<double>(0, 2)};
  CHECK_THROWS_WITH_AS(sharpness(model, data, MSELoss{}, {.batch_size = 0}),
                       "sharpness: batch_size is 0, expected at least 1", TrainingError);
  CHECK_THROWS_WITH_AS(sharpness(model, none, MSELoss{}), doctest::Contains("is empty"), DataError);
  const Model<Sequential<Linear<3, 2>, BatchNorm1d<2>>, double> normed(init::xavier_normal(), 4);
  CHECK_THROWS_WITH_AS(sharpness(normed, data, MSELoss{}, {.batch_size = 1}), doctest::Contains("a batch of 1 row"),
                       ShapeError);
  Model<Small, double> broken = model;
  broken.parameters()[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(sharpness(broken, MSELoss{}, x, y),
                       "sharpness: the gradient 1e-07 beside the model's parameters is not finite", TrainingError);
}
