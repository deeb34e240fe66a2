// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <numeric>
#include <type_traits>
#include <utility>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 3>, Repeat<2, BatchNorm1d<3>, ReLU>, Linear<3, 1>>;

/// Parameter i is i; memory holds 0.weight as [in, out]: rows 0 1 2 and 3 4 5.
template <class T = float>
Model<Net, T> counted() {
  Model<Net, T> model;
  std::iota(model.parameters().begin(), model.parameters().end(), T(0));
  return model;
}

}  // namespace

TEST_CASE("parameter<key> is [out, in], of exact rank") {
  auto model = counted();
  auto weight = parameter<"0.weight">(model);
  static_assert(std::is_same_v<decltype(weight)::value_type, float>);
  static_assert(xt::get_rank<decltype(weight)>::value == 2);
  static_assert(xt::get_rank<decltype(parameter<"0.bias">(model))>::value == 1);
  CHECK(weight.shape()[0] == 3);
  CHECK(weight.shape()[1] == 2);
  CHECK(weight(0, 0) == 0);
  CHECK(weight(1, 0) == 1);
  CHECK(weight(2, 0) == 2);
  CHECK(weight(0, 1) == 3);
  CHECK(weight(2, 1) == 5);
  const auto bias = parameter<"0.bias">(model);
  CHECK(bias.shape()[0] == 3);
  CHECK(bias(2) == 8);
  CHECK(parameter<"1.2.weight">(model)(0) == 15);
  CHECK(parameter<"1.2.running_var">(model)(2) == 1);
  CHECK(parameter<"2.weight">(model).shape()[0] == 1);
  CHECK(parameter<"2.weight">(model)(0, 2) == 23);
}

TEST_CASE("parameter is writable, element by element and as a whole") {
  auto model = counted<double>();
  parameter<"0.weight">(model)(2, 0) = 50;
  CHECK(model.parameters()[2] == 50);
  parameter(model, "0.weight")(1, 1) = 60;
  CHECK(model.parameters()[4] == 60);
  parameter<"1.0.running_mean">(model)(1) = 7;
  CHECK(model.buffers()[1] == 7);
  auto weight = parameter<"0.weight">(model);
  weight = xt::xtensor<double, 2>{{1, 2}, {3, 4}, {5, 6}};
  CHECK(std::equal(model.parameters().begin(), model.parameters().begin() + 6,
                   std::initializer_list<double>{1, 3, 5, 2, 4, 6}.begin()));
  CHECK(model.parameters()[6] == 6);  // the next one is untouched
}

TEST_CASE("parameter at run time has rank 2, a vector as (n, 1), and agrees with the one at compile time") {
  auto model = counted();
  const auto weight = parameter(model, "0.weight");
  CHECK(weight.shape()[0] == 3);
  CHECK(weight.shape()[1] == 2);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 2; ++j) CHECK(weight(i, j) == parameter<"0.weight">(model)(i, j));
  const auto bias = parameter(model, "0.bias");
  CHECK(bias.shape()[0] == 3);
  CHECK(bias.shape()[1] == 1);
  CHECK(bias(1, 0) == 7);
  CHECK(parameter(model, "1.0.running_var")(2, 0) == 1);
}

TEST_CASE("parameter of a const model is read only") {
  const auto model = counted();
  const auto weight = parameter<"0.weight">(model);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(weight(0, 0))>>);
  CHECK(weight(0, 1) == 3);
  CHECK(parameter(model, "0.weight")(0, 1) == 3);
}

TEST_CASE("A view's orientation is that of the product: y = W x + b") {
  Model<Sequential<Linear<2, 3>>> model;
  parameter<"0.weight">(model)(2, 1) = 10;  // from input 1 to output 2
  parameter<"0.bias">(model)(0) = 5;
  auto x = make_matrix<float>(1, 2);
  x(0, 0) = 7;
  x(0, 1) = 3;
  const auto y = predict(model, x);
  CHECK(y(0, 0) == 5);
  CHECK(y(0, 1) == 0);
  CHECK(y(0, 2) == 30);
}

TEST_CASE("An unknown key is an Error that names it and lists what there is") {
  Model<Sequential<Linear<1, 1>, BatchNorm1d<1>>> model;
  CHECK_THROWS_WITH_AS(
      parameter(model, "0.wieght"),
      "parameter: the network has no parameter or buffer \"0.wieght\"; it has 0.weight, 0.bias, 1.weight, "
      "1.bias, 1.running_mean, 1.running_var",
      Error);
  CHECK_THROWS_AS(parameter(model, ""), Error);
  CHECK_THROWS_AS(parameter(std::as_const(model), "0"), Error);
}
