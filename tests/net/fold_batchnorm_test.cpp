// SPDX-License-Identifier: MIT
// BatchNorms folded into Linears: which type comes out, and that predictions stay.
#include "evomlp/net/fold_batchnorm.hpp"

#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"
#include "support/draw.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

using namespace evomlp;

namespace {

template <std::size_t N>
using Norm = BatchNorm1d<N>;

template <class Net, class Expected>
inline constexpr bool folds_to = std::same_as<FoldedBatchNorm<Net>, Expected>;

// ---- types
// -----------------------------------------------------------------------------------------------------------
static_assert(folds_to<Sequential<Linear<2, 3>, Norm<3>, ReLU>, Sequential<Linear<2, 3>, ReLU>>);
static_assert(folds_to<Sequential<Norm<2>, Linear<2, 3>, ReLU>, Sequential<Linear<2, 3>, ReLU>>);
static_assert(folds_to<Sequential<Linear<2, 3, false>, Norm<3>>, Sequential<Linear<2, 3>>>);  // gains a bias
static_assert(folds_to<Sequential<Linear<2, 3, false>, ReLU, Norm<3>, Tanh>,
                       Sequential<Linear<2, 3, false>, ReLU, Norm<3>, Tanh>>);
static_assert(
    folds_to<Sequential<Linear<2, 3>, ReLU, Norm<3>, Linear<3, 1>>, Sequential<Linear<2, 3>, ReLU, Linear<3, 1>>>);
// Between two Linears the one before takes it; runs of them too.
static_assert(folds_to<Sequential<Linear<2, 3, false>, Norm<3>, Norm<3>, Linear<3, 1, false>>,
                       Sequential<Linear<2, 3>, Linear<3, 1, false>>>);
static_assert(folds_to<Sequential<Norm<2>, Norm<2>, Linear<2, 3>>, Sequential<Linear<2, 3>>>);
static_assert(
    folds_to<Sequential<Norm<2>, Norm<2>, ReLU, Linear<2, 3>>, Sequential<Norm<2>, Norm<2>, ReLU, Linear<2, 3>>>);
static_assert(
    folds_to<Sequential<Linear<2, 3>, Dropout<0.5>, Norm<3>>, Sequential<Linear<2, 3>, Dropout<0.5>, Norm<3>>>);
// Blocks, each body by itself.
static_assert(folds_to<Sequential<Norm<2>, ResidualBlock<5, Linear<2, 2>, Norm<2>, ReLU>, Norm<2>>,
                       Sequential<Norm<2>, ResidualBlock<5, Linear<2, 2>, ReLU>, Norm<2>>>);
static_assert(folds_to<ReZeroBlock<Norm<2>, Linear<2, 2>>, ReZeroBlock<Linear<2, 2>>>);
static_assert(folds_to<HighwayBlock<Linear<2, 2>, Norm<2>>, HighwayBlock<Linear<2, 2>>>);
static_assert(
    folds_to<ProjectedResidualBlock<0.5, Sequential<Linear<2, 3>, Norm<3>>, Linear<2, 3, false>, Norm<3>, Tanh>,
             ProjectedResidualBlock<0.5, Sequential<Linear<2, 3>>, Linear<2, 3>, Tanh>>);
static_assert(folds_to<ProjectedResidualBlock<0.5, Sequential<Linear<2, 3>, Norm<3>>, Linear<2, 3>>,
                       ProjectedResidualBlock<0.5, Sequential<Linear<2, 3>>, Linear<2, 3>>>);
// Lists inside lists dissolve where something is folded, and only there.
static_assert(folds_to<Sequential<Linear<2, 2>, Sequential<Norm<2>, ReLU>>, Sequential<Linear<2, 2>, ReLU>>);
static_assert(folds_to<Sequential<Linear<2, 2>, Sequential<Norm<2>>>, Sequential<Linear<2, 2>>>);
static_assert(folds_to<Sequential<Linear<2, 2>, Repeat<2, Norm<2>, ReLU, Linear<2, 2>>>,
                       Sequential<Linear<2, 2>, ReLU, Linear<2, 2>, ReLU, Linear<2, 2>>>);
static_assert(
    folds_to<Sequential<Repeat<2, ResidualBlock<1, Sequential<Linear<2, 2>>, ReLU>>, Sequential<Norm<2>, ReLU>>,
             Sequential<Repeat<2, ResidualBlock<1, Sequential<Linear<2, 2>>, ReLU>>, Sequential<Norm<2>, ReLU>>>);
static_assert(folds_to<Repeat<2, Linear<2, 2>, Norm<2>>, Sequential<Linear<2, 2>, Linear<2, 2>>>);
static_assert(folds_to<Repeat<2, Linear<2, 2>, Tanh>, Repeat<2, Linear<2, 2>, Tanh>>);
static_assert(folds_to<Linear<2, 3>, Linear<2, 3>> && folds_to<Norm<2>, Norm<2>>);

// ---- values
// ----------------------------------------------------------------------------------------------------------
/// Nothing at its start: statistics, γ (some negative) and β, biases, α.
template <class Net, class T>
Model<Net, T> drawn(std::uint64_t seed) {
  Model<Net, T> model(init::lecun_normal(), seed);
  evomlp_test::Draw draw(seed);
  for (const ParameterInfo& info : parameter_table<Net>) {
    const auto values = (info.trained ? model.parameters() : model.buffers()).subspan(info.offset, info.size);
    for (T& value : values) {
      if (info.key.ends_with("running_var"))
        value = static_cast<T>(draw.uniform(0.01, 4));
      else if (info.rank == 1)
        value = static_cast<T>(draw.uniform(-1.5, 1.5));
    }
  }
  return model;
}

template <class Net, class T>
void check() {
  using Folded = FoldedBatchNorm<Net>;
  static_assert(std::same_as<FoldedBatchNorm<Folded>, Folded>);
  static_assert(Folded::in_features == Net::in_features && Folded::out_features == Net::out_features);
  static_assert(Folded::num_modules < Net::num_modules && Folded::num_layers == Net::num_layers);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto model = drawn<Net, T>(seed);
    const auto folded = fold_batchnorm(model);
    const auto x = evomlp_test::normal_batch<T>(9, Net::in_features, seed);
    CHECK(evomlp_test::difference(predict(folded, x), predict(model, x)) <
          200 * static_cast<double>(std::numeric_limits<T>::epsilon()));
    CHECK(fold_batchnorm(folded) == folded);
  }
}
template <class Net>
void check_both() {
  check<Net, float>();
  check<Net, double>();
}

}  // namespace

TEST_CASE("both orders, with and without a bias, several in a row") {
  check_both<Sequential<Linear<5, 7, false>, Norm<7>, Norm<7>, ReLU, Norm<7>, Norm<7>, Linear<7, 3>>>();
  check_both<
      Sequential<Norm<5>, Linear<5, 7>, BatchNorm1d<7, biased, 0.3, 0.5>, Linear<7, 3, false>, Norm<3>, Softmax>>();
}

TEST_CASE("every layer, inside every block") {
  using Body = Sequential<Linear<6, 6>, Norm<6>>;
  check_both<Sequential<
      Linear<5, 6, false>, Sequential<Norm<6>, SiLU>, ResidualBlock<0.5, Body, Tanh, Norm<6>>,
      Repeat<2, ReZeroBlock<Norm<6>, Linear<6, 6>, GELU>, Norm<6>>, HighwayBlock<Body, LeakyReLU<0.2>>, Dropout<0.3>,
      ProjectedResidualBlock<2.0, Sequential<Linear<6, 4, false>, Norm<4>>, Body, Sigmoid, Linear<6, 4>>, Identity,
      ResidualBlock<1, ResidualBlock<1, Linear<4, 4>, Norm<4>>>, Linear<4, 3>, Norm<3>>>();
}

TEST_CASE("what remains keeps its numbers, to the bit") {
  using Net =
      Sequential<Linear<3, 4>, Norm<4>, ReLU, Norm<4>, Tanh, ReZeroBlock<Linear<4, 4>>, evomlp_test::SquareGain<4>>;
  const auto model = drawn<Net, float>(3);
  const auto folded = fold_batchnorm(model);
  // In brackets, since clang 19 can't print Debian's xtensor.
  CHECK((parameter<"2.running_mean">(folded) == parameter<"3.running_mean">(model)));
  CHECK((parameter<"2.running_var">(folded) == parameter<"3.running_var">(model)));
  CHECK((parameter<"2.weight">(folded) == parameter<"3.weight">(model)));
  CHECK((parameter<"4.alpha">(folded) == parameter<"5.alpha">(model)));
  CHECK((parameter<"4.body.0.weight">(folded) == parameter<"5.body.0.weight">(model)));
  CHECK((parameter<"5.gain">(folded) == parameter<"6.gain">(model)));
}

TEST_CASE("by hand: y = (2 x + 1 − mean) / 2 · 3 + 0.5") {
  Model<Sequential<Linear<1, 1>, BatchNorm1d<1, unbiased, 0.1, 0>>> model;
  parameter<"0.weight">(model)(0, 0) = 2;
  parameter<"0.bias">(model)(0) = 1;
  parameter<"1.weight">(model)(0) = 3;
  parameter<"1.bias">(model)(0) = 0.5f;
  parameter<"1.running_mean">(model)(0) = 5;
  parameter<"1.running_var">(model)(0) = 4;
  const auto folded = fold_batchnorm(model);
  CHECK(parameter<"0.weight">(folded)(0, 0) == 3);
  CHECK(parameter<"0.bias">(folded)(0) == -5.5f);
}
