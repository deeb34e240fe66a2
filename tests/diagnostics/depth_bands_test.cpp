// SPDX-License-Identifier: MIT
// The founding nets at their start, as init_report sees them: gradients and spread within the bands that an independent
// program measured on MNIST (geometric means of three seeds). The nets of 41 layers are at quarter width, which has the
// same bands where it was measured; the inputs are made up with MNIST's mean spread.
#include "../../examples/lab/mnist-depth/nets.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace mnist_nets;

namespace {

struct Batch {
  Tensor<float> x = make_matrix<float>(64, 784);
  Labels y = make_labels(64);

  /// Mean square 1; what all samples share makes the spread 0.83, as in standardised MNIST.
  Batch() {
    const Random random(1, Stream::data);
    for (std::size_t i = 0; i < 64; ++i) {
      y(i) = static_cast<std::int32_t>(i % 10);
      for (std::size_t j = 0; j < 784; ++j)
        x(i, j) = static_cast<float>(0.55 * random.normal(j) + 0.83 * random.normal(1000 + i * 784 + j));
    }
  }
};

/// Of the Linear layers, in their order: geometric means over the seeds.
struct Start {
  std::vector<double> weight_gradient, output_gradient, spread;
  double loss = 1;

  /// Of ‖dL/dy‖, from layer to layer towards the input.
  double growth() const {
    return std::pow(output_gradient.front() / output_gradient.back(),
                    1 / static_cast<double>(output_gradient.size() - 1));
  }
};

template <class Net, int seeds = 3, class Init>
Start start_of(const Init& init) {
  const Batch batch;
  Start start{std::vector(Net::num_layers, 1.0), std::vector(Net::num_layers, 1.0), std::vector(Net::num_layers, 1.0)};
  const auto mean = [](double& of, double value) { of *= std::pow(value, 1.0 / seeds); };
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const DepthReport report = init_report(Model<Net>(init, seed), CrossEntropyLoss{}, batch.x, batch.y);
    mean(start.loss, report.snapshots[0].loss);
    std::size_t layer = 0;
    for (const LayerFigures& one : report.snapshots[0].layers) {
      if (std::isnan(one.weight_gradient)) continue;
      REQUIRE(layer < Net::num_layers);
      mean(start.weight_gradient[layer], one.weight_gradient);
      mean(start.output_gradient[layer], one.output_gradient);
      mean(start.spread[layer], one.spread);
      ++layer;
    }
    REQUIRE(layer == Net::num_layers);
  }
  return start;
}

void check_between(double value, double from, double to) {
  CHECK(value > from);
  CHECK(value < to);
}

}  // namespace

TEST_CASE("5 layers: He's start keeps the gradient, N(0,1) begins with a huge loss and huge gradients") {
  const Start he = start_of<Layers5<false>>(init::he_normal());
  check_between(he.loss, 2.4, 3.4);
  check_between(he.growth(), 0.93, 1.07);
  check_between(he.weight_gradient[0], 2.5, 7);
  check_between(he.weight_gradient[4], 0.3, 1.5);
  check_between(he.spread[0], 0.8, 0.87);

  const Start normal = start_of<Layers5<false>>(init::normal(0, 1));
  check_between(normal.loss, 5e3, 6e4);
  check_between(normal.weight_gradient[0], 2e3, 1e4);
  check_between(normal.weight_gradient[4], 4e3, 3e4);
  check_between(normal.output_gradient[0] / normal.output_gradient[4], 200, 2000);
}

TEST_CASE("22 layers, at full width: He's start keeps the gradient, with BatchNorm1d it grows towards the input") {
  const Start plain = start_of<Layers22<false>, 1>(init::he_normal());  // six million parameters: one seed
  check_between(plain.growth(), 0.93, 1.07);
  check_between(plain.spread[0], 0.8, 0.87);
  check_between(plain.spread[21], 0.1, 0.5);
  const Start bn = start_of<Layers22<true>, 1>(init::he_normal());
  check_between(bn.growth(), 1.15, 1.32);
  check_between(bn.spread[21], 0.9, 1.0001);
}

TEST_CASE("41 plain layers: the gradient doesn't vanish, the samples come together") {
  const Start plain = start_of<Layers41<false, 4>>(init::he_normal());
  check_between(plain.growth(), 0.93, 1.07);
  check_between(plain.weight_gradient[0], 0.5, 10);
  check_between(plain.weight_gradient[40], 0.05, 3);
  check_between(plain.loss, 2.2, 4.5);
  check_between(plain.spread[0], 0.8, 0.87);
  check_between(plain.spread[9], 0.3, 0.6);
  check_between(plain.spread[29], 0.1, 0.4);
}

TEST_CASE("41 layers with BatchNorm1d: the samples stay apart, the gradient grows towards the input") {
  const Start bn = start_of<Layers41<true, 4>>(init::he_normal());
  check_between(bn.growth(), 1.15, 1.32);
  check_between(bn.weight_gradient[0], 1e4, 4e4);
  check_between(bn.weight_gradient[40], 0.4, 0.8);
  check_between(bn.loss, 2.6, 3.3);
  for (std::size_t layer = 1; layer < 41; ++layer) check_between(bn.spread[layer], 0.95, 1.0001);
}

TEST_CASE("residual modules: it grows less") {
  const Start residual = start_of<Residual41<4>>(init::he_normal());
  check_between(residual.growth(), 1.05, 1.17);
  check_between(residual.weight_gradient[0], 200, 1700);
  check_between(residual.weight_gradient[48], 10, 40);
  check_between(residual.loss, 25, 70);
}
