// SPDX-License-Identifier: MIT
// Gradients at the start of ten layers, sigmoid and ReLU: vanishing, kept, exploding. Bands from a study with another
// framework (64-64-…-64-10, batch 64 of N(0, 1), targets U(0, 1), half the sum of squares, biases 0, 20 seeds): mean
// and standard deviation of log10(|dL/dz| of layer 1 / that of layer 9), z being what a Linear gives.
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

using namespace evomlp;

namespace {

using Hidden = Linear<64, 64>;
using SigmoidNet = Sequential<Repeat<9, Hidden, Sigmoid>, Linear<64, 10>, Sigmoid>;
using SigmoidBatchNorm = Sequential<Repeat<9, Hidden, BatchNorm1d<64>, Sigmoid>, Linear<64, 10>, Sigmoid>;
using ReLUNet = Sequential<Repeat<9, Hidden, ReLU>, Linear<64, 10>>;
using ReLUBatchNorm = Sequential<Repeat<9, Hidden, BatchNorm1d<64>, ReLU>, Linear<64, 10>>;

/// Weights N(0, stddev²), biases 0.
struct Weights {
  double stddev;

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    init::normal(0, parameter.rank == 2 ? stddev : 0)(parameter, context, values);
  }
};

double norm(auto m) {
  double sum = 0;
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.cols; ++j) sum += m(i, j) * m(i, j);
  return std::sqrt(sum);
}

/// |dL/dz| and |dL/dW| of the hidden layers, from the last to the first.
struct Norms {
  std::vector<double> dz, dw;

  template <class Node>
  void backward(const Node& node, auto, auto, auto dy, auto) {
    if constexpr (std::is_same_v<typename Node::Layer, Hidden>) {
      dz.push_back(norm(dy));
      dw.push_back(norm(node.grad[Hidden::weight]));
    }
  }
};

template <class Net>
Norms look(const auto& start, std::uint64_t seed) {
  const Random inputs(seed, Stream::data, 0), targets(seed, Stream::data, 1);
  xt::xtensor<double, 2> x = xt::zeros<double>({64, 64}), y = xt::zeros<double>({64, 10});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = inputs.normal(i);
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = targets.uniform(i);
  Norms norms;
  const Model<Net, double> model(start, seed);
  observe(model, MSELoss{.reduction = Reduction::half_sum_per_sample}, x, y, norms);
  REQUIRE(norms.dz.size() == 9);
  return norms;
}

/// The mean over three seeds.
template <class Net>
double change(const auto& start) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Norms norms = look<Net>(start, seed);
    sum += std::log10(norms.dz[8] / norms.dz[0]);
  }
  return sum / 3;
}

void check_within(double found, double mean, double deviation) {
  CAPTURE(mean);
  CHECK(std::abs(found - mean) < 4 * deviation);
}

TEST_CASE("sigmoid: a factor of 0.232 in each of eight layers, unless weights are large or normalised") {
  check_within(change<SigmoidNet>(init::xavier_normal()), -5.07, 0.06);
  check_within(change<SigmoidNet>(init::lecun_normal()), -5.07, 0.05);
  check_within(change<SigmoidNet>(Weights{0.1}), -5.77, 0.05);
  check_within(change<SigmoidNet>(Weights{1}), -0.52, 0.10);
  check_within(change<SigmoidBatchNorm>(init::xavier_normal()), -0.58, 0.03);
}

TEST_CASE("ReLU: vanishing, kept and exploding by the weights' scale") {
  check_within(change<ReLUNet>(Weights{0.01}), -9.99, 0.09);
  check_within(change<ReLUNet>(Weights{0.1}), -1.99, 0.09);
  check_within(change<ReLUNet>(init::xavier_normal()), -1.22, 0.08);
  check_within(change<ReLUNet>(init::he_normal()), 0.18, 0.11);
  check_within(change<ReLUNet>(Weights{1}), 6.22, 0.10);
  check_within(change<ReLUBatchNorm>(init::he_normal()), 0.48, 0.02);
}

TEST_CASE("ReLU with weights far too small: |dL/dW| hides it, |dL/dz| shows it") {
  const Norms norms = look<ReLUNet>(Weights{0.01}, 0);
  CHECK(norms.dz[8] / norms.dz[0] < 1e-9);
  CHECK(norms.dw[8] / norms.dw[0] > 0.1);
  CHECK(norms.dw[8] / norms.dw[0] < 10);
}

}  // namespace
