// SPDX-License-Identifier: MIT
#include "evomlp/diagnostics/gradient_paths.hpp"

#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/close.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::difference;
using evomlp_test::normal_batch;

namespace {

/// A block of a user's own: y = x/2 + F(x).
struct HalfAndBody {
  using Body = Sequential<Linear<3, 3>, Tanh>;
  static constexpr std::size_t in_features = 3, out_features = 3;
  static constexpr Child<"body", Body> body{};
  static constexpr SavedRows<"f", 3> f{};
  static constexpr ScratchRows<"through", 3> through{};
  static constexpr auto children = table(body);
  static constexpr auto saved = table(f);
  static constexpr auto backward_scratch = table(through);
  static void predict(auto self, auto x, auto y) {
    self[body].predict(x, y);
    kernels::each(y, [](auto v, auto h) { return 0.5 * v + h; }, x, y);
  }
  static void forward(auto self, auto x, auto y) {
    self[body].forward(x, self[f]);
    kernels::each(y, [](auto v, auto h) { return 0.5 * v + h; }, x, self[f]);
  }
  static void backward(auto self, auto grad, auto x, auto, auto dy, auto dx) {
    auto to = self[through];
    to.rows = dx.rows;
    self[body].backward(grad[body], x, self[f], dy, to);
    kernels::each(dx, [](auto d, auto b) { return 0.5 * d + b; }, dy, to);
  }
};
void shortcut_backward(HalfAndBody, auto, auto, auto, auto dy, auto dx) {
  kernels::each(dx, [](auto d) { return 0.5 * d; }, dy);
}

/// Ten linear blocks y = x + λ w x.
template <Real lambda>
void check_linear_stack(double w) {
  using Net = Sequential<Repeat<10, ResidualBlock<lambda, Linear<1, 1, false>>>>;
  Model<Net, double> model;
  for (double& parameter : model.parameters()) parameter = w;
  const xt::xtensor<double, 2> x{{1}, {-2}, {0.5}}, y{{0}, {1}, {2}};
  const auto paths = gradient_paths(model, MSELoss{}, x, y);

  REQUIRE(paths.blocks.size() == 10);
  for (std::size_t l = 0; l < 10; ++l) {
    const auto& block = paths.blocks[l];
    CHECK(block.path == "0." + std::to_string(l));
    const std::size_t above = 10 - l;
    REQUIRE(block.norms.size() == above + 1);
    double binomial = 1;
    for (std::size_t k = 0; k <= above; ++k) {
      const double expected = binomial * std::pow(0.2, static_cast<double>(k));
      CHECK(std::abs(block.norms[k] / paths.end_norm - expected) < 1e-12);
      binomial *= static_cast<double>(above - k) / static_cast<double>(k + 1);
    }
    CHECK(std::abs(block.norm() / paths.end_norm - std::pow(1.2, static_cast<double>(above))) < 1e-12);
    CHECK(std::abs(block.direct_share() - std::pow(1.2, -static_cast<double>(above))) < 1e-12);
    CHECK(std::abs(block.mean_length() - static_cast<double>(above) / 6) < 1e-12);
  }
  const auto& norms = paths.blocks.front().norms;
  CHECK(std::abs(std::accumulate(norms.begin(), norms.end(), 0.0) / paths.end_norm - 6.1917364224) < 1e-12);
}

/// direct + residual of the first block against dL/dx of the network, which begins with it.
template <class Net>
GradientPaths<double> check_sum(std::size_t blocks) {
  Model<Net, double> model(init::normal(0.1, 0.5), 3);  // biases and ReZero's α, too
  for (const ParameterInfo& info : parameter_table<Net>)
    if (info.key.ends_with("alpha")) model.parameters()[info.offset] = 0.7;
  const Model<Net, double> before = model;
  const auto x = normal_batch<double>(6, Net::in_features, 1), y = normal_batch<double>(6, Net::out_features, 2);
  const auto paths = gradient_paths(model, MSELoss{}, x, y, {.seed = 9});
  const auto whole = gradient(model, MSELoss{}, x, y, {.seed = 9});
  CHECK(model == before);
  CHECK(paths.loss == doctest::Approx(whole.loss).epsilon(1e-13));
  CHECK(paths.blocks.size() == blocks);
  const Tensor<double> sum = paths.blocks.front().direct + paths.blocks.front().residual;
  CHECK(difference(sum, whole.x) < 1e-12);
  CHECK(paths.blocks.front().residual_norm() > 1e-3);
  return paths;
}

}  // namespace

TEST_CASE("gradient_paths: shares by length in a linear stack are the binomial ones, whichever factor is the slope") {
  check_linear_stack<0.2>(1);
  check_linear_stack<1>(0.2);
  check_linear_stack<4>(0.05);
  check_linear_stack<-0.5>(-0.4);
}

TEST_CASE("gradient_paths: direct and residual part are the gradient, whatever the blocks") {
  check_sum<Sequential<Repeat<4, ResidualBlock<0.5, Linear<3, 5>, ReLU, Linear<5, 3>>>, Linear<3, 2>>>(4);
  check_sum<Sequential<Repeat<2, ResidualBlock<5, Linear<3, 3>, GELU>, Tanh>, Dropout<0.3>, Linear<3, 2>>>(2);
  check_sum<Sequential<Repeat<2, ResidualBlock<1, BatchNorm1d<3>, ReLU, Dropout<0.25>, Linear<3, 3>>>>>(2);
  check_sum<Sequential<Repeat<3, ReZeroBlock<Linear<3, 3>, Tanh>>>>(3);
  check_sum<Sequential<Repeat<3, HighwayBlock<Linear<3, 3>, Tanh>>, Softmax>>(3);
  check_sum<Sequential<ProjectedResidualBlock<0.5, Linear<3, 4>, Linear<3, 4>, Tanh>, BatchNorm1d<4>,
                       ResidualBlock<2, Linear<4, 4>, SiLU>>>(2);
  check_sum<Sequential<HalfAndBody, HalfAndBody>>(2);
  check_sum<Sequential<ResidualBlock<1, ResidualBlock<1, Linear<3, 3>, Tanh>>>>(1);  // the inner one is its body
  check_sum<ResidualBlock<1, Linear<3, 3>, Tanh>>(1);
}

TEST_CASE("gradient_paths: the direct part is dL/dx_L itself in the identity form, not where a ReLU follows the sum") {
  using Block = ResidualBlock<1, Linear<3, 3>, Tanh>;
  const auto identity = check_sum<Sequential<Repeat<3, Block>, Linear<3, 1>>>(3);
  for (const auto& block : identity.blocks) {
    CHECK(difference(block.direct, identity.blocks.back().direct) == 0);
    CHECK(block.direct_norm() == doctest::Approx(identity.end_norm).epsilon(1e-14));
  }
  const auto original = check_sum<Sequential<Repeat<3, Block, ReLU>, Linear<3, 1>>>(3);
  CHECK(original.blocks.front().direct_norm() < original.end_norm * 0.99);
  const auto halves = check_sum<Sequential<HalfAndBody, HalfAndBody, HalfAndBody>>(3);
  CHECK(halves.blocks.front().direct_norm() == doctest::Approx(halves.end_norm / 8).epsilon(1e-14));
}

TEST_CASE("gradient_paths: each length is the sum over all paths of that length, one by one") {
  using Block = ResidualBlock<0.7, Linear<2, 2>, Tanh>;
  using Net = Sequential<Repeat<4, Block>>;
  const Model<Net, double> model(init::he_normal(), 5);
  const auto x = normal_batch<double>(3, 2, 1), y = normal_batch<double>(3, 2, 2);
  // The bodies' outputs, whose derivative is 1 − t².
  std::vector<Tensor<double>> body;
  Workspace<Net, double> workspace(16);
  const Tensor<double> output = walk(model, workspace, x, [&](const auto& node, const auto&, const auto& to) {
    if (!node.path.ends_with("body.1")) return;
    body.push_back(make_matrix<double>(3, 2));
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 2; ++j) body.back()(i, j) = to(i, j);
  });
  std::vector<Tensor<double>> by_length(5, xt::zeros<double>({3, 2}));
  for (unsigned passed = 0; passed < 16; ++passed) {  // bit l: through the body of block l
    Tensor<double> d = (output - y) / 3;              // of the mean over 3 · 2 elements
    for (std::size_t l = 4; l-- > 0;) {
      if ((passed >> l & 1) == 0) continue;
      const auto weight = parameter(model, "0." + std::to_string(l) + ".body.0.weight");  // [out, in]
      Tensor<double> through = xt::zeros<double>({3, 2});
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t in = 0; in < 2; ++in)
          for (std::size_t out = 0; out < 2; ++out)
            through(i, in) += 0.7 * d(i, out) * (1 - body[l](i, out) * body[l](i, out)) * weight(out, in);
      d = through;
    }
    by_length[static_cast<std::size_t>(std::popcount(passed))] += d;
  }
  const auto paths = gradient_paths(model, MSELoss{}, x, y);
  const auto& first = paths.blocks.front();
  REQUIRE(first.norms.size() == 5);
  for (std::size_t k = 0; k < 5; ++k)
    CHECK(first.norms[k] == doctest::Approx(std::sqrt(xt::sum(by_length[k] * by_length[k])())).epsilon(1e-12));
  CHECK(difference(first.direct, by_length[0]) < 1e-12);
  const Tensor<double> rest = by_length[1] + by_length[2] + by_length[3] + by_length[4];
  CHECK(difference(first.residual, rest) < 1e-12);
}

TEST_CASE("gradient_paths: table and CSV") {
  using Net = Sequential<Repeat<2, ResidualBlock<0.5, Linear<1, 1, false>>>>;
  Model<Net, double> model;
  for (double& parameter : model.parameters()) parameter = 1;
  const xt::xtensor<double, 2> x{{1}}, y{{1.25}};
  // y = 1.5² x = 2.25, so dL/dy = 1.
  const auto paths = gradient_paths(model, MSELoss{.reduction = Reduction::half_sum_per_sample}, x, y);
  CHECK(paths.to_string() ==
        "block  gradient  direct  residual  direct_share  mean_length\n"
        "0.0        2.25       1      1.25        0.4444       0.6667\n"
        "0.1         1.5       1       0.5        0.6667       0.3333\n"
        "\n"
        "the gradient at 0.0 by the bodies passed:\n"
        "length  norm   share\n"
        "     0     1  0.4444\n"
        "     1     1  0.4444\n"
        "     2  0.25  0.1111\n");
  const TemporaryFolder folder;
  paths.write_csv(folder.path() / "paths.csv");
  CHECK(folder.text("paths.csv") ==
        "block,gradient,direct,residual,direct_share,mean_length,norm@0,norm@1,norm@2\n"
        "0.0,2.25,1,1.25,0.4444444444444444,0.6666666666666666,1,1,0.25\n"
        "0.1,1.5,1,0.5,0.6666666666666666,0.3333333333333333,1,0.5,\n");
}

TEST_CASE("gradient_paths: what doesn't fit is named") {
  const Model<Sequential<ResidualBlock<1, BatchNorm1d<2>, Linear<2, 2>>>, double> model(init::he_normal(), 3);
  const xt::xtensor<double, 2> x = xt::zeros<double>({4, 3}), y = xt::zeros<double>({4, 2}),
                               one = xt::zeros<double>({1, 2});
  CHECK_THROWS_WITH_AS(gradient_paths(model, MSELoss{}, x, y), doctest::Contains("gradient_paths: x has shape (4, 3)"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(gradient_paths(model, MSELoss{}, one, one),
                       doctest::Contains("gradient_paths: a batch of 1 row"), ShapeError);
  CHECK_THROWS_WITH_AS(gradient_paths(model, MSELoss{}, y, x), doctest::Contains("gradient_paths: y has shape (4, 3)"),
                       ShapeError);
}
