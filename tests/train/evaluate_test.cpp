// SPDX-License-Identifier: MIT
#include "evomlp/train/evaluate.hpp"

#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/dropout.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/net/predict.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

using namespace evomlp;
using evomlp_test::contains;
using evomlp_test::message_of;
using evomlp_test::same_bits;
using evomlp_test::two_classes;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 8>, BatchNorm1d<8>, Tanh, Dropout<0.5>, Linear<8, 1>>;
using Classes = Sequential<Linear<3, 8>, Tanh, Linear<8, 2>>;

}  // namespace

TEST_CASE("any number of rows gives the means over all of them, as one batch would") {
  const Model<Net, double> model(init::he_normal(), 3);
  const Model<Classes, double> classes(init::he_normal(), 3);
  for (const std::size_t n : {1u, 2u, 255u, 256u, 257u, 777u}) {
    CAPTURE(n);
    const auto data = two_sides<double>(n, 3);
    const auto logits = predict(model, data.x);
    double squares = 0, bce = 0, right = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double z = logits(i, 0), t = data.y(i, 0);
      squares += (z - t) * (z - t);
      bce += std::log1p(std::exp(-std::abs(z))) + (z > 0 ? z : 0) - z * t;
      right += (z > 0) == (t > 0.5) ? 1 : 0;
    }
    const double count = static_cast<double>(n);
    const auto result = evaluate(model, data, BCEWithLogitsLoss{});
    CHECK(result.loss == doctest::Approx(bce / count).epsilon(1e-12));
    CHECK(result.accuracy == doctest::Approx(right / count).epsilon(1e-12));
    CHECK(evaluate(model, data, MSELoss{}).loss == doctest::Approx(squares / count).epsilon(1e-12));

    const auto labelled = two_classes<double>(n, 3);
    const auto named = predict_class(classes, labelled.x);
    std::size_t hits = 0;
    for (std::size_t i = 0; i < n; ++i) hits += named(i) == labelled.y(i) ? 1 : 0;
    CHECK(evaluate(classes, labelled, CrossEntropyLoss{}).accuracy ==
          doctest::Approx(static_cast<double>(hits) / count).epsilon(1e-12));
  }
}

TEST_CASE("evaluate predicts: no Dropout, running statistics, and the model is left alone") {
  const Model<Net, double> model(init::he_normal(), 3);
  const Model<Net, double> before = model;
  const auto data = two_sides<double>(50, 3);
  const double first = evaluate(model, data, MSELoss{}).loss;
  CHECK(evaluate(model, data, MSELoss{}).loss == first);
  CHECK(same_bits(model, before));
}

TEST_CASE("an accuracy exists where the loss has one") {
  const Model<Net> model;
  const auto data = two_sides<float>(5, 3);
  static_assert(std::is_same_v<decltype(evaluate(model, data, BCEWithLogitsLoss{})), Evaluation<true>>);
  static_assert(std::is_same_v<decltype(evaluate(model, data, MSELoss{})), Evaluation<false>>);
  CHECK(evaluate(model, data, BCEWithLogitsLoss{}).loss == doctest::Approx(std::log(2.0)).epsilon(1e-6));
}

TEST_CASE("data that doesn't fit") {
  const Model<Net> model;
  const Model<Classes> classes;
  const auto wide = two_sides<float>(5, 4), more = two_sides<float>(5, 3, 2);
  const Dataset<float> empty{make_matrix<float>(0, 3), make_matrix<float>(0, 1)};
  auto bad = two_sides<float>(5, 3);
  bad.x(3, 1) = std::numeric_limits<float>::quiet_NaN();
  auto labelled = two_classes<float>(5, 3);
  labelled.y(4) = 2;
  const auto run = [&](const auto& data) {
    return [&] { static_cast<void>(evaluate(model, data, BCEWithLogitsLoss{})); };
  };
  CHECK(message_of<ShapeError>(run(wide)) == "evaluate: the data has 4 features, the network takes 3");
  CHECK(contains(message_of<ShapeError>(run(more)), "2 targets for each sample, the network gives 1"));
  CHECK(contains(message_of<DataError>(run(empty)), "evaluate: the data: is empty"));
  CHECK(contains(message_of<DataError>(run(bad)), "row 3, column 1"));
  CHECK(contains(message_of<DataError>([&] { static_cast<void>(evaluate(classes, labelled, CrossEntropyLoss{})); }),
                 "label is 2 in row 4"));
}

namespace {

/// Right is what is near.
struct Within {
  double tolerance = 0;
  static auto value(auto y, auto t) { return (y - t) * (y - t); }
  static auto slope(auto y, auto t) { return 2 * (y - t); }
  double accuracy(auto y, auto t) const {
    double near = 0;
    for (std::size_t i = 0; i < y.rows; ++i)
      near += std::abs(static_cast<double>(y(i, 0) - t(i, 0))) <= tolerance ? 1 : 0;
    return near / static_cast<double>(y.rows);
  }
};

}  // namespace

TEST_CASE("an accuracy may depend on the loss's settings") {
  const Model<Net> model;  // gives 0
  auto data = two_sides<float>(4, 3);
  for (std::size_t i = 0; i < 4; ++i) data.y(i, 0) = static_cast<float>(i);
  CHECK(evaluate(model, data, Within{1.5}).accuracy == 0.5);
  CHECK(evaluate(model, data, Within{9}).accuracy == 1);
}
