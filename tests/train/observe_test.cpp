// SPDX-License-Identifier: MIT
#include "support/batch.hpp"

#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

using namespace evomlp;
using evomlp_test::normal_batch;

namespace {

// Every kind of block, a list in a list, layers that are fused otherwise, and one without parameters in first place.
using Swishing = ResidualBlock<0.5, Linear<4, 6>, BatchNorm1d<6>, Tanh, Linear<6, 4, false>>;
using Net =
    Sequential<Dropout<0.25>, Linear<3, 4>, GELU, Repeat<2, Swishing>, Sequential<ReZeroBlock<Linear<4, 4>>, Sigmoid>,
               HighwayBlock<Linear<4, 4>, ReLU>, ProjectedResidualBlock<2.0, Linear<4, 2>, Linear<4, 2>, SiLU>>;

Model<Net, double> a_model() {
  Model<Net, double> model(init::he_normal(), 5);
  for (std::size_t i = 0; i < model.parameters().size(); ++i)
    model.parameters()[i] += 0.01 * static_cast<double>(i % 7);
  return model;
}

/// Copies all that a probe sees, by path.
struct Everything {
  struct Seen {
    std::vector<double> x, y, dy, dx, weight_gradient;
  };
  std::map<std::string, Seen> layers;
  std::vector<std::string> forward_order, backward_order;

  static std::vector<double> numbers(auto m) {
    std::vector<double> all;
    for (std::size_t i = 0; i < m.rows; ++i)
      for (std::size_t j = 0; j < m.cols; ++j) all.push_back(m(i, j));
    return all;
  }
  void forward(const auto& node, auto x, auto y) {
    forward_order.emplace_back(node.path);
    layers[std::string(node.path)].x = numbers(x);
    layers[std::string(node.path)].y = numbers(y);
  }
  void backward(const auto& node, auto x, auto, auto dy, auto dx) {
    backward_order.emplace_back(node.path);
    Seen& seen = layers[std::string(node.path)];
    CHECK(seen.x == numbers(x));
    seen.dy = numbers(dy);
    seen.dx = numbers(dx);
    using L = typename std::remove_cvref_t<decltype(node)>::Layer;
    if constexpr (requires { node.grad[L::weight].rows; }) seen.weight_gradient = numbers(node.grad[L::weight]);
  }
};

void check_close(const std::vector<double>& a, const auto& b) {
  REQUIRE(a.size() == static_cast<std::size_t>(b.size()));
  double largest = 0, difference = 0;
  auto other = b.begin();
  for (const double v : a) {
    largest = (std::max)(largest, std::abs(v));
    difference = (std::max)(difference, std::abs(v - *other++));
  }
  CHECK(largest > 0);
  CHECK(difference < 1e-13 * (1 + largest));
}

struct CountsLeaves {
  int* layers;
  void forward(const auto& node, auto, auto) { *layers += node.is_leaf; }
};

}  // namespace

TEST_CASE("observe: the numbers of a training step, to rounding, and the model as it was") {
  const auto model = a_model();
  const auto before = model;
  const auto x = normal_batch<double>(27, 3, 1), y = normal_batch<double>(27, 2, 2);
  Everything seen;
  const double loss = observe(model, MSELoss{}, x, y, seen, {.seed = 9});
  CHECK(model == before);

  const auto expected = gradient(model, MSELoss{}, x, y, {.seed = 9});
  CHECK(loss == doctest::Approx(expected.loss).epsilon(1e-14));
  check_close(seen.layers.at("").dx, expected.x);
  std::size_t weights = 0;
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained || info.rank != 2) continue;
    const std::string path(info.key.substr(0, info.key.rfind('.')));
    const auto first = expected.parameters.begin() + static_cast<std::ptrdiff_t>(info.offset);
    CAPTURE(path);
    check_close(seen.layers.at(path).weight_gradient,
                std::vector<double>(first, first + static_cast<std::ptrdiff_t>(info.size)));
    ++weights;
  }
  CHECK(weights == 10);
}

TEST_CASE("observe: what leaves a layer enters the next, forward and backward; blocks come after what they hold") {
  const auto model = a_model();
  Everything seen;
  observe(model, MSELoss{}, normal_batch<double>(6, 3, 1), normal_batch<double>(6, 2, 2), seen);
  const std::vector<std::string> list{"0", "1", "2", "3.0", "3.1", "4.0", "4.1", "5", "6"};
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    CAPTURE(list[i]);
    CHECK(seen.layers.at(list[i]).y == seen.layers.at(list[i + 1]).x);
    CHECK(seen.layers.at(list[i]).dy == seen.layers.at(list[i + 1]).dx);
  }
  CHECK(seen.layers.at("").y == seen.layers.at("6").y);
  const auto place = [](const std::vector<std::string>& order, const char* path) {
    return std::find(order.begin(), order.end(), path) - order.begin();
  };
  CHECK(place(seen.forward_order, "3.1.body.3") < place(seen.forward_order, "3.1"));
  CHECK(place(seen.forward_order, "3.0") < place(seen.forward_order, "3.1"));
  CHECK(place(seen.backward_order, "3.1.body.0") < place(seen.backward_order, "3.1"));
  CHECK(place(seen.backward_order, "3.1") < place(seen.backward_order, "3.0"));
  CHECK(seen.forward_order.back().empty());
  CHECK(seen.backward_order.back().empty());
  // A residual block: y = x + λ F(x), and dL/dF = λ dy. (λ = 0.5: exact)
  const auto &block = seen.layers.at("3.0"), &body = seen.layers.at("3.0.body");
  for (std::size_t i = 0; i < block.y.size(); ++i) {
    CHECK(block.y[i] == doctest::Approx(block.x[i] + 0.5 * body.y[i]).epsilon(1e-14));
    CHECK(body.dy[i] == 0.5 * block.dy[i]);
  }
}

TEST_CASE("observe: a probe may look at one direction only, and needn't be an object with a name") {
  int layers = 0;
  const auto x = normal_batch<double>(3, 3, 1), y = normal_batch<double>(3, 2, 2);
  observe(a_model(), MSELoss{}, x, y, CountsLeaves{&layers});
  CHECK(layers == static_cast<int>(Net::num_modules));
}

TEST_CASE("observe: what doesn't fit is named") {
  const auto y = normal_batch<double>(4, 2, 2);
  Everything probe;
  CHECK_THROWS_WITH_AS(observe(a_model(), MSELoss{}, normal_batch<double>(4, 2, 1), y, probe),
                       doctest::Contains("observe: x has shape (4, 2)"), ShapeError);
  CHECK_THROWS_WITH_AS(observe(a_model(), MSELoss{}, normal_batch<double>(5, 3, 1), y, probe),
                       "observe: y has 4 rows, x has 5", ShapeError);
  CHECK_THROWS_WITH_AS(
      observe(a_model(), MSELoss{}, normal_batch<double>(1, 3, 1), normal_batch<double>(1, 2, 1), probe),
      doctest::Contains("observe: a batch of 1 row"), ShapeError);
  CHECK(probe.forward_order.empty());
}
