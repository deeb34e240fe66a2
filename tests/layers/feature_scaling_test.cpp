// SPDX-License-Identifier: MIT
#include "evomlp/layers/feature_scaling.hpp"

#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/gradients.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace evomlp;

namespace {

using Net = Sequential<FeatureScaling<3>, Linear<3, 2>>;

template <class T>
Model<Sequential<FeatureScaling<3>>, T> scaled_by(const StandardScaler& scaler) {
  Model<Sequential<FeatureScaling<3>>, T> model;
  for (std::size_t i = 0; i < 3; ++i) {
    parameter<"0.offset">(model)(i) = static_cast<T>(scaler.offset()[i]);
    parameter<"0.offset_rest">(model)(i) =
        static_cast<T>(scaler.offset()[i] - static_cast<double>(static_cast<T>(scaler.offset()[i])));
    parameter<"0.scale">(model)(i) = static_cast<T>(scaler.scale()[i]);
  }
  return model;
}

}  // namespace

TEST_CASE("it starts by passing everything on, and trains nothing") {
  const Model<Sequential<FeatureScaling<3>>> model;
  static_assert(decltype(model)::num_parameters == 0 && decltype(model)::num_buffers == 9);
  const auto x = evomlp_test::normal_batch<float>(5, 3, 1);
  CHECK((predict(model, x) == x));  // in brackets, since clang 19 can't print Debian's xtensor
}

TEST_CASE_TEMPLATE("what a scaler does, also where a float holds the mean badly", T, float, double) {
  auto x = evomlp_test::normal_batch<T>(40, 3, 2);
  for (std::size_t i = 0; i < 40; ++i) x(i, 0) = T(101325.7) + T(0.5) * x(i, 0), x(i, 1) *= T(1e-6), x(i, 2) += T(0.3);
  StandardScaler scaler;
  const auto expected = scaler.fit_transform(x);
  const auto y = predict(scaled_by<T>(scaler), x);
  const double tolerance = sizeof(T) == 4 ? 1e-6 : 1e-14;
  for (std::size_t i = 0; i < y.size(); ++i)
    CHECK(std::abs(static_cast<double>(y.data()[i] - expected.data()[i])) <=
          tolerance * (1 + std::abs(static_cast<double>(expected.data()[i]))));
}

TEST_CASE("its gradient") {
  Model<Net, double> model(init::he_normal(), 1);
  for (double& value : model.buffers()) value += 0.7;
  const auto x = evomlp_test::normal_batch<double>(4, 3, 5), y = evomlp_test::normal_batch<double>(4, 2, 6);
  CHECK(gradcheck(model, MSELoss{}, x, y).worst < 1e-7);
}
