// SPDX-License-Identifier: MIT
// All forms of predict give the same numbers, whatever x is made of and however many rows it has.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::normal_batch;

namespace {

using Classifier = Sequential<Linear<5, 17>, BatchNorm1d<17>, ReLU, ResidualBlock<0.5, Linear<17, 17>, SiLU>,
                              Dropout<0.5>, Linear<17, 3>>;
using Binary = Sequential<Linear<5, 9>, Softmax, HighwayBlock<Linear<9, 9>, Tanh>, Linear<9, 1>>;

template <class Net, class T>
Model<Net, T> drawn(std::uint64_t seed = 1) {
  Model<Net, T> model(init::normal(0, 0.5), seed);
  const Random random(seed, Stream::data, 9);
  std::uint64_t i = 0;
  for (T& value : model.buffers()) value = static_cast<T>(0.5 + random.uniform(i++));
  return model;
}

/// Relative to 1: a row's result may be rounded otherwise by the kernel for a single row.
template <class T>
inline constexpr double rounding = sizeof(T) == 4 ? 5e-6 : 1e-14;

template <class Net, class T>
void check_forms() {
  const auto model = drawn<Net, T>();
  Workspace<Net, T> workspace(257);
  constexpr std::size_t outputs = Net::out_features;
  const auto all = normal_batch<T>(300, Net::in_features, 3);
  const auto reference = predict(model, all);
  for (const std::size_t rows : {0u, 1u, 2u, 15u, 16u, 17u, 255u, 256u, 257u}) {
    INFO(rows, " rows");
    const Tensor<T> x = xt::view(all, xt::range(0, rows), xt::all());
    const auto y = predict(model, x);
    REQUIRE(y.shape()[0] == rows);
    REQUIRE(y.shape()[1] == outputs);
    const auto in_workspace = predict(model, x, workspace);
    REQUIRE(in_workspace.shape()[0] == rows);
    REQUIRE(in_workspace.shape()[1] == outputs);
    const auto proba = predict_proba(model, x);
    const auto classes = predict_class(model, x);
    REQUIRE(proba.shape()[0] == rows);
    REQUIRE(classes.size() == rows);
    CHECK(difference(in_workspace, y, 1) < rounding<T>);
    CHECK(difference(predict_proba(model, x, workspace), proba, 1) < rounding<T>);
    const auto labels = predict_class(model, x, workspace);
    REQUIRE(labels.size() == rows);
    for (std::size_t i = 0; i < rows; ++i) {
      std::array<T, outputs> one, one_proba;
      const std::span<const T, Net::in_features> sample(x.data() + i * Net::in_features, Net::in_features);
      predict(model, sample, one);
      predict_proba(model, sample, one_proba);
      double sum = 0, best = -1e9;
      std::size_t expected_class = 0;
      for (std::size_t j = 0; j < outputs; ++j) {
        const double value = static_cast<double>(y(i, j));
        CHECK(std::abs(value - static_cast<double>(reference(i, j))) < rounding<T>);
        CHECK(std::abs(value - static_cast<double>(one[j])) < rounding<T>);
        CHECK(std::abs(static_cast<double>(proba(i, j) - one_proba[j])) < rounding<T>);
        sum += std::exp(value);
        if (value > best) best = value, expected_class = j;
      }
      for (std::size_t j = 0; j < outputs; ++j) {
        const double value = static_cast<double>(y(i, j));
        const double expected = outputs == 1 ? 1 / (1 + std::exp(-value)) : std::exp(value) / sum;
        CHECK(std::abs(static_cast<double>(proba(i, j)) - expected) < rounding<T>);
      }
      if (outputs == 1) expected_class = best > 0 ? 1 : 0;
      CHECK(classes(i) == static_cast<std::int32_t>(expected_class));
      CHECK(predict_class(model, sample) == classes(i));
      CHECK(labels(i) == classes(i));
    }
  }
}

}  // namespace

TEST_CASE("Tensor, workspace, span, probability and class forms agree at 0 to 257 rows") {
  check_forms<Classifier, float>();
  check_forms<Binary, double>();
}

TEST_CASE("x may be any expression: a view of rows, a lazy sum, a column-major tensor, a strided view, an adaptor") {
  const auto model = drawn<Classifier, float>();
  Workspace<Classifier, float> workspace(64);
  const auto x = normal_batch<float>(40, 5, 4);
  const auto y = predict(model, x);
  const auto check = [&](const auto& expression, const auto& expected) {
    CHECK(difference(predict(model, expression), expected, 1) < 5e-6);
    CHECK(difference(predict(model, expression, workspace), expected, 1) < 5e-6);
    CHECK(difference(predict_proba(model, expression), predict_proba(model, Tensor<float>(expression)), 1) == 0);
  };
  check(xt::view(x, xt::range(10, 30), xt::all()), Tensor<float>(xt::view(y, xt::range(10, 30), xt::all())));
  check(xt::view(x, xt::range(7, 8), xt::all()), Tensor<float>(xt::view(y, xt::range(7, 8), xt::all())));
  check(xt::view(x, xt::range(0, 40, 3), xt::all()), Tensor<float>(xt::view(y, xt::range(0, 40, 3), xt::all())));
  check(0.5f * x + 0.5f * x, y);
  const xt::xtensor<float, 2, xt::layout_type::column_major> columns = x;
  check(columns, y);
  check(xt::adapt(x.data(), x.size(), xt::no_ownership(), std::vector<std::size_t>{40, 5}),
        y);  // of a rank at run time
  check(xt::adapt(x.data(), x.size(), xt::no_ownership(), std::array<std::size_t, 2>{40, 5}), y);
  const auto wide = normal_batch<float>(40, 10, 5);
  const Tensor<float> part = xt::view(wide, xt::all(), xt::range(2, 7));
  check(xt::view(wide, xt::all(), xt::range(2, 7)), predict(model, part));
}

TEST_CASE("A row-range view is read where it lies: the result of a workspace is a view into it") {
  const auto model = drawn<Classifier, float>();
  Workspace<Classifier, float> workspace(8);
  const auto x = normal_batch<float>(8, 5, 4);
  const auto first = predict(model, x, workspace);
  CHECK(first.data() == workspace.output());
  CHECK(predict_proba(model, x, workspace).data() == workspace.output());
  CHECK(predict_class(model, x, workspace).data() == workspace.classes());
}

TEST_CASE("A wrong width, a wrong rank and too many rows are ShapeErrors that say what was expected") {
  const auto model = drawn<Classifier, float>();
  Workspace<Classifier, float> workspace(4);
  CHECK_THROWS_WITH_AS(predict(model, make_matrix<float>(7, 4)), "predict: x has shape (7, 4), expected (batch, 5)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(predict(model, make_matrix<float>(3, 6), workspace),
                       "predict: x has shape (3, 6), expected (batch, 5)", ShapeError);
  CHECK_THROWS_AS(predict_proba(model, make_matrix<float>(7, 4)), ShapeError);
  CHECK_THROWS_AS(predict_class(model, make_matrix<float>(0, 4)), ShapeError);
  CHECK_THROWS_WITH_AS(predict(model, normal_batch<float>(5, 5, 1), workspace),
                       "predict: a batch of 5 rows, more than the 4 there is room for (max_batch)", ShapeError);
  const std::vector<float> numbers(50);
  const auto cube = xt::adapt(numbers.data(), numbers.size(), xt::no_ownership(), std::vector<std::size_t>{2, 5, 5});
  CHECK_THROWS_WITH_AS(predict(model, cube), "predict: x has 3 dimensions, expected 2", ShapeError);
  CHECK_THROWS_AS(walk(model, workspace, make_matrix<float>(3, 6), [](auto&&...) {}), ShapeError);
  CHECK_THROWS_AS(walk(model, workspace, make_matrix<float>(5, 5), [](auto&&...) {}), ShapeError);
}

TEST_CASE("Fused prediction and the unfused walk agree to rounding, also in a training pass without randomness") {
  const auto check = [](auto model, std::size_t rows) {
    using M = decltype(model);
    [&]<class Net, class T>(const Model<Net, T>*) {
      const auto x = normal_batch<T>(rows, Net::in_features, 8);
      Workspace<Net, T> workspace(64);
      const Tensor<T> fused = predict(model, x);
      CHECK(difference(walk(model, workspace, x, [](auto&&...) {}), fused, 1) < rounding<T>);
    }(static_cast<const M*>(nullptr));
  };
  check(drawn<Classifier, float>(), 33);
  check(drawn<Classifier, double>(), 1);
  check(drawn<Binary, double>(), 33);
  check(drawn<Sequential<Linear<4, 4>, ReLU, Repeat<3, ResidualBlock<5, Linear<4, 4>, ReLU>>, Softmax>, double>(), 6);
  check(drawn<Sequential<ProjectedResidualBlock<2, Linear<4, 3>, Softmax, Linear<4, 3>, Sigmoid>,
                         ReZeroBlock<Linear<3, 3>, Softmax>>,
              double>(),
        6);
}

TEST_CASE("A Linear above the BLAS limit and below agrees with plain loops, one row and many") {
  const auto check = []<std::size_t In, std::size_t Out, class T>(std::integral_constant<std::size_t, In>,
                                                                  std::integral_constant<std::size_t, Out>, T) {
    using Net = Sequential<Linear<In, Out>, ReLU>;
    const auto model = drawn<Net, T>(7);
    for (const std::size_t rows : {1u, 2u, 3u, 7u, 8u, 13u}) {
      const auto x = normal_batch<T>(rows, In, 11);
      const auto y = predict(model, x);
      double worst = 0;
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < Out; ++j) {
          double sum = static_cast<double>(model.parameters()[In * Out + j]);
          for (std::size_t k = 0; k < In; ++k)
            sum += static_cast<double>(x(i, k)) * static_cast<double>(model.parameters()[k * Out + j]);
          worst = (std::max)(worst, std::abs(static_cast<double>(y(i, j)) - (std::max)(sum, 0.0)));
        }
      INFO(In, " to ", Out, ", ", rows, " rows");
      CHECK(worst < (sizeof(T) == 4 ? 2e-5 : 2e-14) * std::sqrt(static_cast<double>(In)));
    }
  };
  const auto size = []<std::size_t n>() { return std::integral_constant<std::size_t, n>{}; };
  check(size.operator()<150>(), size.operator()<150>(), float{});
  check(size.operator()<784>(), size.operator()<30>(), double{});
  check(size.operator()<3>(), size.operator()<67>(), float{});
}

TEST_CASE("A prediction in a workspace is refused as the samples of the next one in it") {
  using Net = Sequential<ResidualBlock<1.0, Linear<6, 6>, ReLU>>;
  const auto model = drawn<Net, float>(3);
  Workspace<Net, float> workspace(8), other(8);
  const auto x = normal_batch<float>(8, 6, 5);
  const auto y = predict(model, x, workspace);
  CHECK_THROWS_AS(predict(model, y, workspace), Error);
  CHECK_THROWS_AS(predict_class(model, y, workspace), Error);
  CHECK_THROWS_AS(walk(model, workspace, y, [](const auto&, const auto&, const auto&) {}), Error);
  CHECK(difference(predict(model, y, other), predict(model, predict(model, x))) < 1e-6);
}
