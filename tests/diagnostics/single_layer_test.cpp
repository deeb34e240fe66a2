// SPDX-License-Identifier: MIT
// A network needs no Sequential around it: one layer, or one block, is one.
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

constexpr MSELoss loss{};

Dataset<double> samples(std::size_t outputs) {
  const Random random(5, Stream::data);
  Dataset<double> data{make_matrix<double>(12, 3), make_matrix<double>(12, outputs)};
  for (std::size_t i = 0; i < 12; ++i) {
    for (std::size_t j = 0; j < 3; ++j) data.x(i, j) = random.normal(3 * i + j);
    for (std::size_t j = 0; j < outputs; ++j) data.y(i, j) = random.normal(100 + outputs * i + j);
  }
  return data;
}

using Block = ResidualBlock<1.0, Linear<3, 3>, Tanh, Linear<3, 3>>;

TEST_CASE_TEMPLATE("curvature, gradients and surfaces of a layer alone are those of it in a list", Layer,  //
                   Linear<3, 1>, Block) {
  const auto data = samples(Layer::out_features);
  const Model<Layer, double> alone(init::xavier_normal(), 1);
  const Model<Sequential<Layer>, double> listed(init::xavier_normal(), 1);
  const std::size_t n = alone.num_parameters;
  const auto both = [&](auto of) { CHECK(of(alone) == of(listed)); };

  CHECK(gradcheck(alone, loss, data.x, data.y).worst < 1e-6);
  both([&](const auto& model) { return gradient(model, loss, data.x, data.y).x; });
  both([&](const auto& model) { return hessian(model, loss, data.x, data.y).matrix; });
  both([&](const auto& model) { return hessian_vector(model, data, loss, std::vector<double>(n, 1)); });
  both([&](const auto& model) { return sharpness(model, data, loss).value; });
  both([&](const auto& model) { return gradient_variance(model, data, loss, {.batches = 4}).to_string(); });
  both([&](const auto& model) { return gradient_autocorrelation(model, {.points = 16, .lags = 4}).gradients; });
  both([&](const auto& model) { return loss_surface(model, data, loss, {random_axis(model)}).values; });
  both([&](const auto& model) { return weight_report(model).all.l2(); });
  both([&](const auto& model) { return init_report(model, loss, data.x, data.y).snapshots[0].layers[0].stddev; });
  both([&](auto model) {
    DepthProbe probe;
    fit(model, data, loss, SGD{.lr = 0.1}, {.epochs = 2}, probe);
    return probe.report.snapshots[1].layers[0].update_ratio;
  });
  CHECK(summary(alone).num_parameters == n);
}

TEST_CASE("a layer alone has no path to be named by") {
  CHECK(to_graphviz<Linear<3, 1>>().find("[label=\"Linear<3, 1>\"]") != std::string::npos);
}

TEST_CASE("gradient_paths and lesion_study of a block alone are those of it in a list") {
  const auto data = samples(3);
  const Model<Block, double> alone(init::xavier_normal(), 1);
  const Model<Sequential<Block>, double> listed(init::xavier_normal(), 1);
  CHECK(gradient_paths(alone, loss, data.x, data.y).blocks[0].norms ==
        gradient_paths(listed, loss, data.x, data.y).blocks[0].norms);
  CHECK(gradient_paths(alone, loss, data.x, data.y).to_string().find("the gradient at the input by") !=
        std::string::npos);
  const LesionStudy study = lesion_study(alone, data, loss), same = lesion_study(listed, data, loss);
  REQUIRE(study.lesions.size() == 2);
  CHECK(study.lesions[1].loss == same.lesions[1].loss);
}

}  // namespace
