// SPDX-License-Identifier: MIT
// Values of the activations, and that a NaN goes through each of them, in SIMD batches and in tails.
#include "evomlp/evomlp.hpp"
#include "support/close.hpp"
#include "support/layers_of_a_user.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

using namespace evomlp;

namespace {

/// A network of one activation on N features.
template <class A, std::size_t N>
using Net = Sequential<A, BatchNorm1d<N, unbiased, 0, 0>>;  // running statistics 0 and 1: it changes nothing

/// How many outputs are NaN that shouldn't be, or the reverse, wherever one NaN enters.
template <class A, std::size_t N, class T>
std::size_t nan_mistakes() {
  const Model<Net<A, N>, T> model;
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < N; ++at) {
    auto x = make_matrix<T>(2, N);
    x.fill(T(1));
    x(1, at) = std::numeric_limits<T>::quiet_NaN();
    const auto y = predict(model, x);
    for (std::size_t j = 0; j < N; ++j)
      wrong += (std::isnan(y(0, j)) ? 1u : 0u) + (std::isnan(y(1, j)) != (j == at) ? 1u : 0u);
  }
  return wrong;
}

/// ReLU fused with a Linear: the NaN of one sample makes that sample's outputs NaN, never 0.
template <std::size_t N, class T>
void check_nan_through_fused_relu() {
  Model<Sequential<Linear<N, N>, ReLU>, T> model(init::he_normal(), 1);
  auto x = make_matrix<T>(3, N);
  x.fill(T(1));
  x(1, N / 2) = std::numeric_limits<T>::quiet_NaN();
  const auto y = predict(model, x);
  State state(model, SGD{.lr = 0}, {.max_batch = 3});
  CHECK(std::isnan(train_step(model, state, MSELoss{}, x, x)));
  for (std::size_t j = 0; j < N; ++j) {
    CHECK(!std::isnan(y(0, j)));
    CHECK(std::isnan(y(1, j)));
    CHECK(!std::isnan(y(2, j)));
    CHECK(std::isnan(state.work().y[N + j]));
  }
}

/// Values at a few points, in a batch wide enough for SIMD and its tail.
template <class A>
void check_values(double (*expected)(double)) {
  constexpr std::size_t N = 37;
  const Model<Net<A, N>, double> model;
  auto x = make_matrix<double>(1, N);
  for (std::size_t j = 0; j < N; ++j) x(0, j) = 0.5 * static_cast<double>(j) - 9;
  const auto y = predict(model, x);
  for (std::size_t j = 0; j < N; ++j) CHECK(std::abs(y(0, j) - expected(x(0, j))) <= 1e-15 * (1 + std::abs(x(0, j))));
}

}  // namespace

TEST_CASE("A NaN goes through ReLU: widths 1, 7, 16, 17, 33, fused with a Linear or not") {
  CHECK(nan_mistakes<ReLU, 1, float>() == 0);
  CHECK(nan_mistakes<ReLU, 7, float>() == 0);
  CHECK(nan_mistakes<ReLU, 16, float>() == 0);
  CHECK(nan_mistakes<ReLU, 17, float>() == 0);
  CHECK(nan_mistakes<ReLU, 33, float>() == 0);
  CHECK(nan_mistakes<ReLU, 33, double>() == 0);
  check_nan_through_fused_relu<1, float>();
  check_nan_through_fused_relu<7, float>();
  check_nan_through_fused_relu<16, float>();
  check_nan_through_fused_relu<17, float>();
  check_nan_through_fused_relu<33, float>();
  check_nan_through_fused_relu<33, double>();
}
TEST_CASE("A NaN goes through the other activations") {
  CHECK(nan_mistakes<LeakyReLU<>, 33, float>() == 0);
  CHECK(nan_mistakes<Sigmoid, 33, float>() == 0);
  CHECK(nan_mistakes<Tanh, 33, float>() == 0);
  CHECK(nan_mistakes<GELU, 33, float>() == 0);
  CHECK(nan_mistakes<SiLU, 33, float>() == 0);
  CHECK(nan_mistakes<Softplus, 33, float>() == 0);
  CHECK(nan_mistakes<ELU<>, 33, float>() == 0);
  CHECK(nan_mistakes<Identity, 33, float>() == 0);
}

TEST_CASE("Values of the activations, by the formulas of <cmath>") {
  check_values<ReLU>([](double z) { return z > 0 ? z : 0; });
  check_values<LeakyReLU<>>([](double z) { return z > 0 ? z : 0.01 * z; });
  check_values<LeakyReLU<0.3>>([](double z) { return z > 0 ? z : 0.3 * z; });
  check_values<Sigmoid>([](double z) { return 1 / (1 + std::exp(-z)); });
  check_values<Tanh>([](double z) { return std::tanh(z); });
  check_values<GELU>([](double z) { return 0.5 * z * (1 + std::erf(z / std::sqrt(2.0))); });
  check_values<SiLU>([](double z) { return z / (1 + std::exp(-z)); });
  check_values<Softplus>([](double z) { return std::log(1 + std::exp(z)); });
  check_values<ELU<>>([](double z) { return z > 0 ? z : std::expm1(z); });
  check_values<ELU<0.3>>([](double z) { return z > 0 ? z : 0.3 * std::expm1(z); });
  check_values<ELU<0>>([](double z) { return z > 0 ? z : 0; });
  check_values<Identity>([](double z) { return z; });
  check_values<evomlp_test::Softsign>([](double z) { return z / (1 + std::abs(z)); });
}

TEST_CASE("The activations stay finite and right far out") {
  const auto at = [](auto activation, float z) { return decltype(activation)::value(Number<float>(z)).v; };
  for (const float z : {100.0f, 1e4f, 1e30f}) {
    CHECK(at(Sigmoid{}, z) == 1);
    CHECK(at(Sigmoid{}, -z) >= 0);
    CHECK(at(Sigmoid{}, -z) < 1e-30f);
    CHECK(at(Tanh{}, z) == 1);
    CHECK(at(Tanh{}, -z) == -1);
    CHECK(at(GELU{}, z) == z);
    CHECK(at(GELU{}, -z) == 0);
    CHECK(at(SiLU{}, z) == z);
    CHECK(std::abs(at(SiLU{}, -z)) < 1e-30f);
    CHECK(at(Softplus{}, z) == z);
    CHECK(at(Softplus{}, -z) < 1e-30f);
    CHECK(at(ELU<>{}, z) == z);
    CHECK(at(ELU<0.5>{}, -z) == -0.5f);
    CHECK(at(ELU<0>{}, z) == z);
  }
}

TEST_CASE("ReLU's slope at 0 is 0, LeakyReLU's the negative one's") {
  CHECK(ReLU::slope_from_value(Number<double>(0)).v == 0);
  CHECK(LeakyReLU<0.2>::slope(Number<double>(0)).v == 0.2);
}

TEST_CASE("Softmax: rows of probabilities, the same whatever is added to a row, finite for large numbers") {
  const Model<Sequential<Softmax, BatchNorm1d<3, unbiased, 0, 0>>, double> model;
  auto x = make_matrix<double>(3, 3);
  const std::array<double, 9> numbers{
      0, std::log(2.0), std::log(5.0), 1e4, 1e4 + std::log(2.0), 1e4 + std::log(5.0), -1e4, 0, 1e4};
  std::copy(numbers.begin(), numbers.end(), x.begin());
  const auto y = predict(model, x);
  const std::array<double, 9> expected{0.125, 0.25, 0.625, 0.125, 0.25, 0.625, 0, 0, 1};
  CHECK(evomlp_test::difference(y, expected) < 1e-12);
}
