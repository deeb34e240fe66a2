// SPDX-License-Identifier: MIT
// Gradients of nets whose products go to BLAS, or to our kernel in panels: too many entries for finite differences of
// each, so by plain loops, and by the slope in a random direction through all parameters and x at once.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::normal_batch;

namespace {

/// dL/d(direction) by backward and by four points of the loss; returns the relative difference.
template <class Net>
double check_direction(std::size_t rows) {
  Model<Net, double> model(init::he_normal(), 1);
  State state(model, SGD{}, {.max_batch = static_cast<int>(rows)});
  auto x = normal_batch<double>(rows, Net::in_features, 2);
  const auto target = normal_batch<double>(rows, Net::out_features, 3);
  std::vector<double> dx(x.size());
  const auto loss = [&](double* to) {
    return evomlp::detail::gradients_of<isa::ThisTarget>(
        model, state, MSELoss{}, x.data(), rows,
        kernels::Matrix<const double, isa::ThisTarget>{target.data(), rows, Net::out_features}, to);
  };
  loss(dx.data());
  const Random random(5, Stream::data);
  const std::vector<double> start(model.parameters().begin(), model.parameters().end()), start_x(x.begin(), x.end());
  double analytic = 0;
  for (std::size_t i = 0; i < start.size(); ++i) analytic += random.normal(i) * state.gradients()[i];
  for (std::size_t i = 0; i < dx.size(); ++i) analytic += random.normal(start.size() + i) * dx[i];
  const double numeric = evomlp::detail::four_point_slope(
      [&](double by) {
        for (std::size_t i = 0; i < start.size(); ++i) model.parameters()[i] = start[i] + by * random.normal(i);
        for (std::size_t i = 0; i < dx.size(); ++i) x.data()[i] = start_x[i] + by * random.normal(start.size() + i);
        return loss(nullptr);
      },
      2e-4);
  INFO("backward ", analytic, ", difference quotient ", numeric);
  CHECK(std::abs(analytic) > 1e-3);
  return std::abs(analytic - numeric) / std::abs(analytic);
}

/// dW, db and dx of y = x W + b under MSELoss by plain loops.
template <std::size_t In, std::size_t Out, class T>
void check_linear(std::size_t rows) {
  using Net = Sequential<Linear<In, Out>>;
  INFO(In, " to ", Out, ", ", rows, " rows");
  Model<Net, T> model(init::normal(0, 0.1), 1);
  State state(model, SGD{}, {.max_batch = static_cast<int>(rows)});
  const auto x = normal_batch<T>(rows, In, 2);
  const auto target = normal_batch<T>(rows, Out, 3);
  std::vector<T> dx(x.size());
  evomlp::detail::gradients_of<isa::ThisTarget>(model, state, MSELoss{}, x.data(), rows,
                                                kernels::Matrix<const T, isa::ThisTarget>{target.data(), rows, Out},
                                                dx.data());
  std::vector<double> y(rows * Out), dy(rows * Out), dw(In * Out), db(Out), expected_dx(rows * In);
  const auto w = [&](std::size_t k, std::size_t j) { return static_cast<double>(model.parameters()[k * Out + j]); };
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < Out; ++j) {
      double& sum = y[i * Out + j] = static_cast<double>(model.parameters()[In * Out + j]);
      for (std::size_t k = 0; k < In; ++k) sum += static_cast<double>(x(i, k)) * w(k, j);
      const double d = dy[i * Out + j] =
          2 * (sum - static_cast<double>(target(i, j))) / static_cast<double>(rows * Out);
      db[j] += d;
      for (std::size_t k = 0; k < In; ++k) {
        dw[k * Out + j] += static_cast<double>(x(i, k)) * d;
        expected_dx[i * In + k] += d * w(k, j);
      }
    }
  const double tolerance = (sizeof(T) == 4 ? 2e-6 : 4e-15) * std::sqrt(static_cast<double>(In + Out));
  CHECK(difference(std::span<const T>(state.work().y, y.size()), y) < tolerance);
  CHECK(difference(state.gradients().subspan(0, In * Out), dw) < tolerance);
  CHECK(difference(state.gradients().subspan(In * Out, Out), db) < tolerance);
  CHECK(difference(dx, expected_dx) < tolerance);
}

template <std::size_t In, std::size_t Out>
void check_linear() {
  for (const std::size_t rows : {1u, 2u, 5u, 14u}) {
    check_linear<In, Out, float>(rows);
    check_linear<In, Out, double>(rows);
  }
}

}  // namespace

TEST_CASE("Linear's output and gradients agree with plain loops on either side of the BLAS limits") {
  check_linear<7, 9>();
  check_linear<8, 8>();
  check_linear<64, 65>();
  check_linear<128, 129>();
  check_linear<150, 150>();
  check_linear<600, 3>();
  check_linear<3, 600>();
}

TEST_CASE("Gradients of a net above the BLAS limit, along a random direction") {
  CHECK(check_direction<Sequential<Linear<150, 150>, Tanh, Linear<150, 150>, SiLU, Linear<150, 2>>>(5) < 1e-7);
  CHECK(check_direction<Sequential<Linear<10, 150>, ResidualBlock<0.5, Linear<150, 150>, Tanh>, Linear<150, 1>>>(1) <
        1e-7);
  CHECK(check_direction<Sequential<ProjectedResidualBlock<0.5, Linear<150, 140>, Linear<150, 140>, Tanh>,
                                   BatchNorm1d<140>, Softmax>>(4) < 1e-6);
  CHECK(check_direction<Sequential<HighwayBlock<Linear<150, 150>, Sigmoid>, Linear<150, 3>>>(3) < 1e-7);
}
