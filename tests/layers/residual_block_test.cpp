// SPDX-License-Identifier: MIT
// Forward values of residual blocks against numbers worked by hand: a block that ignores lambda fails.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <type_traits>
#include <vector>

using namespace evomlp;
using evomlp_test::batch;

namespace {

// F(x) = relu(x W + b) with W (in, out) = [[1, -2], [3, 1]] and b = (1, -1).
//   x = (1, 2): x W = (7, 0),  F = relu(8, -1)  = (8, 0)
//   x = (-1, 1): x W = (2, 3), F = relu(3, 2)   = (3, 2)
// The second body: G(z) = relu(z V + c), V = [[2, 0], [-1, 1]], c = (0, 0.5).
const std::vector<double> w{1, -2, 3, 1}, b{1, -1}, v{2, 0, -1, 1}, c{0, 0.5};

void put(auto&& values, const std::vector<double>& numbers) {
  REQUIRE(values.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    values[i] = static_cast<std::remove_reference_t<decltype(values[i])>>(numbers[i]);
}

/// The net's parameters in memory order, one after the other.
template <class Net, class T = double>
Model<Net, T> model_with(std::initializer_list<std::vector<double>> parts) {
  Model<Net, T> model;
  std::size_t at = 0;
  for (const auto& part : parts) {
    put(model.parameters().subspan(at, part.size()), part);
    at += part.size();
  }
  REQUIRE(at == model.parameters().size());
  return model;
}

/// predict, the same by a training pass with no randomness, and by the unfused walk.
template <class Net, class T>
void check_output(Model<Net, T> model, const Tensor<T>& x, std::initializer_list<double> expected) {
  const std::vector<double> wanted(expected);
  CHECK(evomlp_test::difference(predict(model, x), wanted, 1) < (sizeof(T) == 8 ? 1e-14 : 1e-6));
  Workspace<Net, T> workspace(16);
  CHECK(evomlp_test::difference(walk(model, workspace, x, [](auto&&...) {}), wanted, 1) <
        (sizeof(T) == 8 ? 1e-14 : 1e-6));
  State state(model, SGD{.lr = 0}, {.max_batch = 16});
  const std::size_t rows = x.shape()[0];
  train_step(model, state, MSELoss{}, x, evomlp::make_matrix<T>(rows, Net::out_features));
  CHECK(evomlp_test::difference(std::span<const T>(state.work().y, rows * Net::out_features), wanted, 1) <
        (sizeof(T) == 8 ? 1e-14 : 1e-6));
}

template <Real lambda>
using OneBlock = Sequential<ResidualBlock<lambda, Linear<2, 2>, ReLU>>;

}  // namespace

TEST_CASE("ResidualBlock: y = x + lambda F(x) by hand, for lambda 5, 0.1, 0 and -1") {
  const auto x = batch<double>(2, 2, {1, 2, -1, 1});
  check_output(model_with<OneBlock<5>>({w, b}), x, {41, 2, 14, 11});
  check_output(model_with<OneBlock<0.1>>({w, b}), x, {1.8, 2, -0.7, 1.2});
  check_output(model_with<OneBlock<0>>({w, b}), x, {1, 2, -1, 1});
  check_output(model_with<OneBlock<-1>>({w, b}), x, {-7, 2, -4, -1});
  check_output(model_with<OneBlock<5>, float>({w, b}), batch<float>(2, 2, {1, 2, -1, 1}), {41, 2, 14, 11});
  check_output(model_with<OneBlock<-1>, float>({w, b}), batch<float>(1, 2, {1, 2}), {-7, 2});
}

// S(x) = x U, U (2, 3) = [[1, 0, 2], [0, -1, 1]]; F(x) = x W3, W3 = [[0, 1, 1], [2, 0, -1]].
//   x = (1, 2): S = (1, -2, 4), F = (4, 1, -1)      x = (-1, 1): S = (-1, -1, -1), F = (2, -1, -2)
TEST_CASE("ProjectedResidualBlock: y = S(x) + lambda F(x) by hand") {
  const auto x = batch<double>(2, 2, {1, 2, -1, 1});
  const std::vector<double> shortcut{1, 0, 2, 0, -1, 1}, body{0, 1, 1, 2, 0, -1};
  const auto check = [&]<class Net>(std::type_identity<Net>, std::initializer_list<double> expected) {
    Model<Net, double> model;
    put(model.parameters().subspan(0, 6), shortcut);
    put(model.parameters().subspan(6, 6), body);
    REQUIRE(parameter_table<Net>[0].key == "0.shortcut.weight");
    check_output(model, x, expected);
  };
  using Map = Linear<2, 3, false>;
  check(std::type_identity<Sequential<ProjectedResidualBlock<5, Map, Map>>>{}, {21, 3, -1, 9, -6, -11});
  check(std::type_identity<Sequential<ProjectedResidualBlock<0.1, Map, Map>>>{}, {1.4, -1.9, 3.9, -0.8, -1.1, -1.2});
  check(std::type_identity<Sequential<ProjectedResidualBlock<0, Map, Map>>>{}, {1, -2, 4, -1, -1, -1});
  check(std::type_identity<Sequential<ProjectedResidualBlock<-1, Map, Map>>>{}, {-3, -3, 5, -3, 0, 1});
}

// Outer block: y = x + l (H(F(x))), H(z) = z + m G(z), G(z) = relu(z V + c).
//   x = (1, 2):  F = (8, 0): z V = (16, 0), G = relu(16, 0.5) = (16, 0.5)
//   x = (-1, 1): F = (3, 2): z V = (4, 2),  G = relu(4, 2.5)  = (4, 2.5)
TEST_CASE("ResidualBlock in a ResidualBlock by hand: both lambdas count, each in its place") {
  const auto x = batch<double>(2, 2, {1, 2, -1, 1});
  const auto check = [&]<class Net>(std::type_identity<Net>, std::initializer_list<double> expected) {
    check_output(model_with<Net>({w, b, v, c}), x, expected);
  };
  // H = F + m G: m = 0.1: (9.6, 0.05), (3.4, 2.25); m = -1: (-8, -0.5), (-1, -0.5); m = 5: (88, 2.5), (23, 14.5); m =
  // 0: F
  check(std::type_identity<Sequential<ResidualBlock<5, Linear<2, 2>, ReLU, ResidualBlock<0.1, Linear<2, 2>, ReLU>>>>{},
        {49, 2.25, 16, 12.25});
  check(std::type_identity<Sequential<ResidualBlock<0.1, Linear<2, 2>, ReLU, ResidualBlock<5, Linear<2, 2>, ReLU>>>>{},
        {9.8, 2.25, 1.3, 2.45});
  check(std::type_identity<Sequential<ResidualBlock<-1, Linear<2, 2>, ReLU, ResidualBlock<-1, Linear<2, 2>, ReLU>>>>{},
        {9, 2.5, 0, 1.5});
  check(std::type_identity<Sequential<ResidualBlock<5, Linear<2, 2>, ReLU, ResidualBlock<0, Linear<2, 2>, ReLU>>>>{},
        {41, 2, 14, 11});
  check(std::type_identity<Sequential<ResidualBlock<0, Linear<2, 2>, ReLU, ResidualBlock<5, Linear<2, 2>, ReLU>>>>{},
        {1, 2, -1, 1});
}

TEST_CASE("Two blocks in a row: the second sees what the first gave") {
  // y1 = x + 0.5 F(x) = (5, 2) for x = (1, 2); y1 V + c = (8, 2.5); y = y1 - (8, 2.5) = (-3, -0.5)
  using Net = Sequential<ResidualBlock<0.5, Linear<2, 2>, ReLU>, ResidualBlock<-1, Linear<2, 2>, ReLU>>;
  check_output(model_with<Net>({w, b, v, c}), batch<double>(1, 2, {1, 2}), {-3, -0.5});
}

TEST_CASE("The number in a block's type: 5, 5u, 5.0f and 5.0 are one, and -0 is 0") {
  using Block = ResidualBlock<5.0, Linear<2, 2>>;
  static_assert(std::is_same_v<Block, ResidualBlock<5, Linear<2, 2>>>);
  static_assert(std::is_same_v<Block, ResidualBlock<5u, Linear<2, 2>>>);
  static_assert(std::is_same_v<Block, ResidualBlock<5.0f, Linear<2, 2>>>);
  static_assert(std::is_same_v<ResidualBlock<-0.0, Linear<2, 2>>, ResidualBlock<0, Linear<2, 2>>>);
  static_assert(!std::is_same_v<Block, ResidualBlock<-5.0, Linear<2, 2>>>);
  static_assert(!std::is_same_v<ResidualBlock<0.1, Linear<2, 2>>, ResidualBlock<0.1f, Linear<2, 2>>>);  // they differ
  static_assert(Block::residual_scale.value() == 5.0);
  CHECK(Real(5).value() == 5.0);
  CHECK(Real(0.1).value() == 0.1);
}
