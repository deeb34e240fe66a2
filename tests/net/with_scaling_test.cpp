// SPDX-License-Identifier: MIT
#include "evomlp/net/with_scaling.hpp"

#include "evomlp/evomlp.hpp"
#include "evomlp/io/from_onnx.hpp"
#include "evomlp/io/to_onnx.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/trained.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

using namespace evomlp;
using evomlp_test::message_of;
using evomlp_test::trained;

namespace {

using Net = Sequential<Linear<3, 6>, BatchNorm1d<6>, ReLU, Linear<6, 2>>;

/// Three features of very different size: a pressure, a share, a count.
template <class T>
Tensor<T> raw_features() {
  auto x = make_matrix<T>(20, 3);
  for (std::size_t i = 0; i < 20; ++i) {
    const double t = std::sin(static_cast<double>(i));
    x(i, 0) = static_cast<T>(101325.7 + 3 * t);
    x(i, 1) = static_cast<T>(0.01 * t * t);
    x(i, 2) = static_cast<T>(i);
  }
  return x;
}

template <class T, class Scaler>
void check(double tolerance) {
  auto model = trained<Net, T>();
  for (T& value : model.buffers()) value = value * value + T(0.5);  // variances
  const auto raw = raw_features<T>();
  Scaler scaler;
  scaler.fit(raw);
  const auto expected = predict(model, scaler.transform(raw));
  const auto ready = with_scaling(model, scaler);
  const auto y = predict(ready, raw);
  for (std::size_t i = 0; i < y.size(); ++i)
    CHECK(std::abs(y.data()[i] - expected.data()[i]) <= static_cast<T>(tolerance));

  std::array<T, 3> one{raw(7, 0), raw(7, 1), raw(7, 2)};
  std::array<T, 2> out{};
  predict(ready, std::span<const T, 3>(one), std::span<T, 2>(out));
  CHECK(std::abs(out[1] - expected(7, 1)) <= static_cast<T>(tolerance));

  const TemporaryFolder folder;
  Model<Sequential<FeatureScaling<3>, Net>, T> loaded, imported;
  save(ready, folder.path() / "ready.safetensors");
  load(loaded, folder.path() / "ready.safetensors");
  CHECK(loaded == ready);
  to_onnx(ready, folder.path() / "ready.onnx");
  from_onnx(imported, folder.path() / "ready.onnx");
  CHECK(imported == ready);
}

}  // namespace

TEST_CASE("A network with its scaler in front predicts from raw features what it did from scaled ones") {
  check<float, StandardScaler>(2e-4);
  check<double, StandardScaler>(1e-9);
  check<float, MinMaxScaler>(2e-4);
  check<double, MinMaxScaler>(1e-9);
}

TEST_CASE("What is refused") {
  const auto model = trained<Net>();
  CHECK(message_of<DataError>([&] { with_scaling(model, StandardScaler()); }) ==
        "with_scaling: the scaler has not seen any data: call its fit first");
  StandardScaler two;
  two.fit(make_moons().x);
  CHECK(message_of<ShapeError>([&] { with_scaling(model, two); }) ==
        "with_scaling: the scaler has 2 features, expected 3, the inputs of the network");
  auto huge = make_matrix<double>(2, 3);
  huge.fill(1e300);
  StandardScaler wide;
  wide.fit(huge);
  CHECK(message_of<DataError>([&] { with_scaling(model, wide); }) ==
        "with_scaling: the scaler's offset or scale of feature 0 (counted from 0) is no number for a network of float");
  CHECK_NOTHROW(with_scaling(trained<Net, double>(), wide));
}
