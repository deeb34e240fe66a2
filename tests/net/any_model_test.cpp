// SPDX-License-Identifier: MIT
#include "evomlp/net/any_model.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "support/batch.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;

namespace {

using Wide = Sequential<Linear<3, 8>, ReLU, Linear<8, 2>>;
using Deep = Sequential<Linear<3, 4>, ReLU, Linear<4, 4>, ReLU, Linear<4, 1>>;

}  // namespace

TEST_CASE("An AnyModel predicts as the model that it is") {
  const auto x = evomlp_test::normal_batch<float>(5, 3, 1);
  const auto check = [&](const auto& model, std::size_t index) {
    const AnyModel<Wide, Deep> any(model);
    CHECK(any.index() == index);
    const auto expected = predict(model, x);
    CHECK(any.in_features() == 3);
    CHECK(any.out_features() == expected.shape()[1]);
    const bool same = predict(any, x) == expected;
    CHECK(same);
    std::vector<float> one(any.out_features());
    predict(any, std::span<const float>(x.data(), 3), one);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == doctest::Approx(expected(0, i)));

    const auto proba = predict_proba(model, x);
    const bool same_proba = predict_proba(any, x) == proba;
    CHECK(same_proba);
    predict_proba(any, std::span<const float>(x.data(), 3), one);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == doctest::Approx(proba(0, i)));
    const Labels classes = predict_class(model, x);
    const bool same_classes = predict_class(any, x) == classes;
    CHECK(same_classes);
    CHECK(predict_class(any, std::span<const float>(x.data(), 3)) == classes(0));
  };
  check(Model<Wide>(init::he_normal(), 1), 0);
  check(Model<Deep>(init::he_normal(), 3), 1);
}

TEST_CASE("Widths that don't fit are a ShapeError") {
  const AnyModel<Wide, Deep> any(Model<Deep>{});
  std::array<float, 3> x{};
  std::array<float, 2> y{};
  CHECK(message_of<ShapeError>([&] { predict(any, x, y); }) ==
        "predict: got 3 features and room for 2 outputs, expected 3 and 1");
  CHECK(message_of<ShapeError>([&] { predict_proba(any, x, y); }) ==
        "predict_proba: got 3 features and room for 2 outputs, expected 3 and 1");
  CHECK(message_of<ShapeError>([&] { predict_class(any, y); }) == "predict_class: got 2 features, expected 3");
  CHECK_THROWS_AS(predict(any, evomlp_test::normal_batch<float>(5, 4, 1)), ShapeError);
}

TEST_CASE("visit reaches the model itself") {
  AnyModel<Wide, Deep> any(Model<Deep>(init::he_normal(), 1));
  any.visit([](auto& model) { model.parameters()[0] = 17; });
  CHECK(any.visit([](const auto& model) { return model.parameters()[0]; }) == 17);
}
