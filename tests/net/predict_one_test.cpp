// SPDX-License-Identifier: MIT
// One sample from numbers that lie anywhere: what predict gives of a Model, by standard C++ or by SIMD.
#include "evomlp/net/predict_one.hpp"

#include "evomlp/inference.hpp"
#include "evomlp/net/predict.hpp"
#include "support/batch.hpp"
#include "support/draw.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

using namespace evomlp;

namespace {

using Net =
    Sequential<Linear<5, 33>, BatchNorm1d<33>, ReLU, Dropout<0.1>, Repeat<2, ResidualBlock<0.5, Linear<33, 33>, Tanh>>,
               HighwayBlock<Linear<33, 33>, GELU>, ReZeroBlock<Linear<33, 33>, SiLU>,
               ProjectedResidualBlock<1.0, Linear<33, 8>, Linear<33, 8>, LeakyReLU<0.1>>, Linear<8, 3>>;
using Single = Sequential<Linear<5, 1>>;

template <class N, class T>
Model<N, T> drawn() {
  Model<N, T> model(init::he_normal(), 3);
  evomlp_test::Draw draw(4);
  for (T& value : model.buffers()) value += static_cast<T>(0.5 * std::fabs(draw.normal()));
  for (const ParameterInfo& info : parameter_table<N>)
    if (info.key.ends_with("alpha")) model.parameters()[info.offset] = T(0.7);
  return model;
}

template <class N, class T>
void check() {
  constexpr std::size_t out = N::out_features;
  const auto model = drawn<N, T>();
  const std::vector<T> weights(model.parameters().begin(), model.parameters().end());
  const std::vector<T> statistics(model.buffers().begin(), model.buffers().end());
  const ModelView<N, T> view{weights.data(), statistics.data()};
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    std::array<T, 5> x;
    evomlp_test::Draw(sample).fill_normal(std::span<T>(x));
    std::array<T, out> expected, y, proba, expected_proba, simd;
    predict(model, x, expected);
    predict(view, x, y);
    predict<N, T, isa::ThisTarget>(view, x, simd);
    predict_proba(model, x, expected_proba);
    predict_proba(view, x, proba);
    for (std::size_t j = 0; j < out; ++j) {
      CHECK(std::abs(y[j] - expected[j]) <= tolerance * (1 + std::abs(expected[j])));
      CHECK(std::abs(proba[j] - expected_proba[j]) <= tolerance);
      CHECK(simd[j] == expected[j]);
    }
    CHECK(predict_class(view, x) == predict_class(model, x));
  }
}

}  // namespace

TEST_CASE("a view of numbers predicts as the model that they come from") {
  check<Net, float>();
  check<Net, double>();
  check<Single, float>();
  check<Single, double>();
}

TEST_CASE("constant memory will do") {
  static constexpr float weights[] = {1, 2, 3, 4, 5, -6};  // in the order of parameter_table: the weights, the bias
  static_assert(ModelView<Single>::num_parameters == 6 && ModelView<Single>::num_buffers == 0);
  const float x[5] = {1, 1, 1, 1, 1};
  float y[1];
  predict(ModelView<Single>{weights}, x, y);
  CHECK(y[0] == 9);
  CHECK(predict_class(ModelView<Single>{weights}, x) == 1);
}

TEST_CASE("predict_class of a NaN is a class that is there") {
  const float not_a_number = std::numeric_limits<float>::quiet_NaN();
  const float of_three[] = {1, 1, 1, 0, not_a_number, 9}, of_one[] = {1, not_a_number};
  const float x[1] = {1}, bad[1] = {not_a_number};
  CHECK(predict_class(ModelView<Linear<1, 3>>{of_three}, x) == 1);
  CHECK(predict_class(ModelView<Linear<1, 3>>{of_three}, bad) == 0);
  CHECK(predict_class(ModelView<Linear<1, 1>>{of_one}, x) == 0);
}

namespace {

template <class N>
constexpr std::size_t room = detail::layout_of<N>(N::in_features).scratch.prediction(1);

template <class... Ls>
using Between = Sequential<Linear<2, 32>, Ls..., Linear<32, 1>>;
using Deep = Sequential<Linear<32, 32>, ReLU, Dropout<0.1>, Linear<32, 32>, BatchNorm1d<32>, Linear<32, 32>>;

// What passes from layer to layer takes turns: two rooms, and one more inside a block, however deep its body.
static_assert(room<Sequential<Linear<2, 32>, Tanh>> == 0 && room<Between<Tanh>> == 32);
static_assert(room<Between<Linear<32, 32>, Tanh, Linear<32, 32>, Tanh>> == 64);
static_assert(room<Between<Repeat<8, ResidualBlock<5.0, Linear<32, 32>, ReLU>>>> == 64);
static_assert(room<Between<ResidualBlock<5.0, Deep>>> == 96);
static_assert(room<Between<ReZeroBlock<Deep>>> == 96);
static_assert(room<Between<HighwayBlock<Linear<32, 32>>>> == 96 && room<Between<HighwayBlock<Deep>>> == 96);
static_assert(room<Between<ProjectedResidualBlock<1.0, Linear<32, 32>, Deep>>> == 128);
static_assert(room<Between<ResidualBlock<1.0, ResidualBlock<1.0, Deep>, Linear<32, 32>>>> == 128);
// The result's own memory is lent where it is wide enough.
static_assert(room<Sequential<Linear<2, 8>, ReLU, Linear<8, 8>, ReLU, Linear<8, 8>>> == 8);
static_assert(room<Sequential<Linear<2, 8>, ReLU, Linear<8, 8>, ReLU, Linear<8, 7>>> == 16);

using Lent =
    Sequential<Linear<5, 9>, Tanh,
               ResidualBlock<0.5, Linear<9, 9>, SiLU, BatchNorm1d<9>, Linear<9, 7>, Dropout<0.1>, Linear<7, 9>>,
               HighwayBlock<Linear<9, 12>, BatchNorm1d<12>, Linear<12, 9>, Tanh, Linear<9, 9>>,
               ReZeroBlock<Linear<9, 9>, Linear<9, 9>, Linear<9, 9>>,
               ProjectedResidualBlock<1.0, Linear<9, 4>, Linear<9, 4>, ReLU, Linear<4, 4>, Linear<4, 4>>, Softmax,
               Linear<4, 9>, Softmax>;

}  // namespace

TEST_CASE("bodies that use the result's memory on their way") {
  check<Lent, float>();
  check<Lent, double>();
}

TEST_CASE("a batch, with the same turns: row by row the same") {
  const auto model = drawn<Lent, double>();
  const auto x = evomlp_test::normal_batch<double>(37, 5, 1);
  const auto y = predict(model, x);
  for (std::size_t i = 0; i < 37; ++i) {
    std::array<double, 9> one;
    predict(view_of(model), std::span<const double, 5>(x.data() + 5 * i, 5), one);
    for (std::size_t j = 0; j < 9; ++j) CHECK(std::abs(one[j] - y(i, j)) < 1e-13);
  }
}
