// SPDX-License-Identifier: MIT
// Weights of samples in train_step, evaluate and fit.
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/fit.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::difference;
using evomlp_test::message_of;
using evomlp_test::normal_batch;
using evomlp_test::remembered;
using evomlp_test::same_bits;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 5>, Tanh, Linear<5, 2>>;
using One = Sequential<Linear<3, 1>>;

template <class T>
using Weights = xt::xtensor<T, 1, xt::layout_type::row_major>;

template <class T>
Weights<T> weights_of(std::initializer_list<double> numbers) {
  auto result = Weights<T>::from_shape({numbers.size()});
  std::transform(numbers.begin(), numbers.end(), result.begin(), [](double v) { return static_cast<T>(v); });
  return result;
}

/// A user's source: a Dataset and a weight for each sample, or none.
struct Weighted {
  using value_type = double;
  using target_type = double;
  Dataset<double> data;
  std::vector<double> weights{};

  std::size_t size() const { return data.size(); }
  std::size_t features() const { return data.features(); }
  std::size_t outputs() const { return data.outputs(); }
  void gather(std::span<const std::size_t> rows, double* x, double* y) const { data.gather(rows, x, y); }
  bool has_weights() const { return !weights.empty(); }
  void gather_weights(std::span<const std::size_t> rows, double* to) const {
    for (const std::size_t row : rows) *to++ = weights[row];
  }
};

Weighted weighted(std::size_t n, std::uint64_t seed = 1) {
  Weighted source{two_sides<double>(n, 3, 1, seed)};
  evomlp_test::Draw draw(seed + 100);
  for (std::size_t i = 0; i < n; ++i) source.weights.push_back(i % 5 == 0 ? 0 : draw.uniform(0, 3));
  return source;
}

static_assert(DataSource<Weighted>);

}  // namespace

TEST_CASE("train_step: equal weights are as good as none; 2 is the sample twice; 0 leaves it out") {
  const auto x = normal_batch<double>(6, 3, 1), y = normal_batch<double>(6, 2, 2);
  auto twice_x = x, twice_y = y;
  for (std::size_t j = 0; j < 3; ++j) twice_x(5, j) = x(4, j);
  for (std::size_t j = 0; j < 2; ++j) twice_y(5, j) = y(4, j);
  const auto trained = [](const auto&... batch) {
    Model<Net, double> model(init::he_normal(), 1);
    State state(model, SGD{.lr = 0.5}, {.max_batch = 6});
    const double loss = train_step(model, state, MSELoss{}, batch...);
    return std::pair(loss, model);
  };
  const auto same = [](const auto& a, const auto& b) {
    return std::abs(a.first - b.first) < 1e-14 && difference(a.second.parameters(), b.second.parameters()) < 1e-14;
  };
  const auto plain = trained(x, y), twice = trained(twice_x, twice_y);
  CHECK(same(trained(x, y, weights_of<double>({1, 1, 1, 1, 1, 1})), plain));
  CHECK(same(trained(x, y, weights_of<double>({9, 9, 9, 9, 9, 9})), plain));
  CHECK(same(trained(x, y, weights_of<double>({1, 1, 1, 1, 2, 0})), twice));
  CHECK(!same(trained(x, y, weights_of<double>({1, 1, 1, 1, 1, 2})), plain));

  const Model<Net, double> before(init::he_normal(), 1);
  const auto nothing = trained(x, y, weights_of<double>({0, 0, 0, 0, 0, 0}));
  CHECK(nothing.first == 0);
  CHECK(same_bits(nothing.second, before));
}

TEST_CASE("train_step refuses bad weights and changes nothing") {
  Model<Net> model(init::he_normal(), 1);
  State state(model, Adam{}, {.max_batch = 6});
  const auto x = normal_batch<float>(6, 3, 1), y = normal_batch<float>(6, 2, 2);
  train_step(model, state, MSELoss{}, x, y);
  const auto before = model;
  const auto memory = remembered(state);
  const auto step = [&](const auto& weights) { return [&] { train_step(model, state, MSELoss{}, x, y, weights); }; };
  CHECK(message_of<ShapeError>(step(weights_of<float>({1, 1, 1, 1, 1}))) ==
        "train_step: there are 5 sample weights, x has 6 rows");
  CHECK(message_of<ShapeError>(step(weights_of<float>({}))) == "train_step: there are 0 sample weights, x has 6 rows");
  CHECK(message_of<DataError>(step(weights_of<float>({1, 1, -0.5, 1, 1, 1}))) ==
        "train_step: weight is -0.5 in row 2 (counted from 0), expected a finite number of at least 0");
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK(contains(message_of<DataError>(step(weights_of<float>({1, 1, 1, 1, 1, bad}))),
                   " in row 5 (counted from 0), expected a finite number of at least 0"));
  CHECK(same_bits(model, before));
  CHECK(remembered(state) == memory);
}

TEST_CASE("evaluate: the weighted mean over all batches; accuracy and metrics count every sample alike") {
  const Model<One, double> model(init::he_normal(), 3);
  for (const std::size_t n : {2u, 256u, 257u, 600u}) {
    CAPTURE(n);
    const Weighted source = weighted(n);
    const auto y = predict(model, source.data.x);
    double sum = 0, total = 0, absolute = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double error = y(i, 0) - source.data.y(i, 0);
      sum += source.weights[i] * error * error;
      total += source.weights[i];
      absolute += std::abs(error);
    }
    const auto result = evaluate(model, source, MSELoss{}, MAE{});
    CHECK(result.loss == doctest::Approx(sum / total).epsilon(1e-12));
    CHECK(result.get<MAE>().value() == doctest::Approx(absolute / static_cast<double>(n)).epsilon(1e-12));
    CHECK(evaluate(model, source, BCEWithLogitsLoss{}).accuracy ==
          evaluate(model, source.data, BCEWithLogitsLoss{}).accuracy);
    const Weighted none{source.data};
    CHECK(evaluate(model, none, MSELoss{}).loss == evaluate(model, source.data, MSELoss{}).loss);
  }
  Weighted nothing = weighted(5);
  nothing.weights.assign(5, 0);
  CHECK(evaluate(model, nothing, MSELoss{}).loss == 0);
}

TEST_CASE("fit: the same as train_step with weights, and History has weighted means") {
  const Weighted source = weighted(22), validation = weighted(9, 2);
  Model<One, double> fitted(init::he_normal(), 1), model = fitted;
  const History history =
      fit(fitted, source, MSELoss{}, Adam{.lr = 0.1},
          {.epochs = 3, .batch_size = 8, .validation = &validation, .shuffle = false, .restore_best = false});
  State state(model, Adam{.lr = 0.1}, {.max_batch = 8});
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    double sum = 0, total = 0;
    for (std::size_t first = 0; first < 22; first += 8) {
      const std::size_t rows = (std::min)(std::size_t{8}, 22 - first);
      auto x = make_matrix<double>(rows, 3), y = make_matrix<double>(rows, 1);
      auto w = Weights<double>::from_shape({rows});
      std::vector<std::size_t> numbers(rows);
      std::iota(numbers.begin(), numbers.end(), first);
      source.gather(numbers, x.data(), y.data());
      source.gather_weights(numbers, w.data());
      const double weight = std::accumulate(w.begin(), w.end(), 0.0);
      sum += weight * train_step(model, state, MSELoss{}, x, y, w);
      total += weight;
    }
    CHECK(history.loss[epoch] == doctest::Approx(sum / total).epsilon(1e-14));
  }
  CHECK(same_bits(fitted, model));
  CHECK(history.validation_loss.back() == evaluate(model, validation, MSELoss{}).loss);
  CHECK(history.validation_loss.back() != evaluate(model, validation.data, MSELoss{}).loss);
}

TEST_CASE("bad weights of a user's source are found as they come, with the row") {
  const Weighted good = weighted(22);
  for (const double bad : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    const std::string text = bad < 0 ? "-1" : "nan";
    Weighted source = good;
    source.weights[13] = bad;
    Model<One, double> model(init::he_normal(), 1);
    CHECK(contains(message_of<DataError>([&] { static_cast<void>(evaluate(model, source, MSELoss{})); }),
                   "evaluate: weight is " + text + " in row 13"));
    CHECK(contains(message_of<DataError>([&] { fit(model, source, MSELoss{}, SGD{}, {.epochs = 1, .batch_size = 8}); }),
                   "fit: weight is " + text + " in row 13"));
    CHECK(contains(message_of<DataError>([&] {
                     fit(model, good, MSELoss{}, SGD{}, {.epochs = 1, .batch_size = 8, .validation = &source});
                   }),
                   "fit: the validation data: weight is " + text + " in row 13"));
  }
}
