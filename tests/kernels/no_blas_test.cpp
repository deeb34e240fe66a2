// SPDX-License-Identifier: MIT
// A build without any BLAS trains and predicts: our own kernel does every product, also of shapes that BLAS has elsewhere
// in this program.
#define EVOMLP_USE_BLAS 0
#include "evomlp/evomlp.hpp"
#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

using namespace evomlp;

static_assert(!isa::ThisTarget::has_blas);
#ifdef CBLAS_H
#error "a BLAS header came along"
#endif

namespace {

using Net = Sequential<Linear<150, 161>, ReLU, ResidualBlock<0.5, Linear<161, 161>, Tanh>, Linear<161, 3>>;

/// Ten steps of the largest batch and of an odd one; Plain is the formula without SIMD.
template <class T, class Isa>
Model<Net, T> trained() {
  Model<Net, T> model(init::he_normal(), 1);
  State state(model, Momentum{.lr = 0.01}, {.max_batch = 65});
  const Random random(2, Stream::data);
  auto x = make_matrix<T>(65, 150), y = make_matrix<T>(65, 3);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<T>(random.normal(i));
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = static_cast<T>(random.normal(x.size() + i));
  for (int step = 0; step < 10; ++step) {
    const std::size_t rows = step % 2 == 0 ? 65 : 13;
    const Tensor<T> some_x = xt::view(x, xt::range(0, rows), xt::all()),
                    some_y = xt::view(y, xt::range(0, rows), xt::all());
    train_step<Net, T, Chain<Momentum>, MSELoss, Tensor<T>, Tensor<T>, Isa>(model, state, MSELoss{}, some_x, some_y);
  }
  return model;
}

template <class T>
void check(double tolerance) {
  const auto ours = trained<T, isa::ThisTarget>(), plain = trained<T, isa::Plain>();
  double difference = 0, moved = 0;
  const Model<Net, T> start(init::he_normal(), 1);
  for (std::size_t i = 0; i < ours.parameters().size(); ++i) {
    difference = std::fmax(difference, std::fabs(static_cast<double>(ours.parameters()[i] - plain.parameters()[i])));
    moved = std::fmax(moved, std::fabs(static_cast<double>(ours.parameters()[i] - start.parameters()[i])));
  }
  CHECK(difference < tolerance);
  CHECK(moved > 1e-3);
  const auto x = xt::ones<T>({7, 150});
  const Tensor<T> y = predict(ours, x);
  auto workspace = Workspace<Net, T>(7);
  CHECK(predict(ours, x, workspace)(3, 1) == y(3, 1));
}

}  // namespace

TEST_CASE("float") { check<float>(1e-4); }
TEST_CASE("double") { check<double>(1e-12); }
