// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 2, false>, ReLU, ResidualBlock<0.5, Linear<2, 2>, Tanh>, Linear<2, 1>>;

Model<Net, double> a_model() {
  Model<Net, double> model(init::xavier_normal(), 2);
  parameter(model, "0.weight") = xt::xtensor<double, 2>{{1, 2}, {-1, -3}};
  return model;
}
const xt::xtensor<double, 2> x{{1, 1}, {2, 0}, {0, 3}};
const xt::xtensor<double, 2> y{{1}, {0}, {2}};
const Dataset<double> data{x, y};

struct Cube {  // says nothing of its name
  static auto value(auto z) { return z * z * z; }
  static auto slope(auto z) { return 3 * z * z; }
};

// One step of SGD per epoch on all three samples, in the order given.
const FitOptions whole_batches{.epochs = 4, .batch_size = 3, .seed = 1, .shuffle = false};

/// A block whose body takes no part.
struct SkipsItsBody {
  static constexpr std::size_t in_features = 2, out_features = 2;
  static constexpr Child<"body", Linear<2, 2>> body{};
  static constexpr auto children = table(body);
  static void predict(auto, auto in, auto out) {
    kernels::each(out, [](auto v) { return v; }, in);
  }
  static void backward(auto, auto grad, auto, auto, auto dy, auto dx) {
    kernels::each(
        grad[body][Linear<2, 2>::weight], [](auto v) { return decltype(v)(0); }, grad[body][Linear<2, 2>::weight]);
    kernels::each(
        grad[body][Linear<2, 2>::bias], [](auto v) { return decltype(v)(0); }, grad[body][Linear<2, 2>::bias]);
    kernels::each(dx, [](auto d) { return d; }, dy);
  }
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check_same(const DepthReport& a, const DepthReport& b) {
  REQUIRE(a.places.size() == b.places.size());
  REQUIRE(a.snapshots.size() == b.snapshots.size());
  for (std::size_t s = 0; s < a.snapshots.size(); ++s) {
    CHECK(a.snapshots[s].epoch == b.snapshots[s].epoch);
    CHECK(a.snapshots[s].step == b.snapshots[s].step);
    CHECK(a.snapshots[s].loss == b.snapshots[s].loss);
    for (std::size_t i = 0; i < a.places.size(); ++i) {
      CHECK(a.places[i].path == b.places[i].path);
      CHECK(a.places[i].layer == b.places[i].layer);
      for (const LayerFigures::Column& column : LayerFigures::columns)
        CHECK(same(a.snapshots[s].layers[i].*column.figure, b.snapshots[s].layers[i].*column.figure));
    }
  }
}

}  // namespace

TEST_CASE("init_report calls a layer of one's own what the compiler calls it") {
  const Model<Sequential<Linear<2, 1>, Cube>, double> model(init::he_normal(), 1);
  CHECK(init_report(model, MSELoss{}, x, y).places[1].layer == "Cube");
}

TEST_CASE("init_report: figures of a layer as computed by hand") {
  const auto model = a_model();
  const DepthReport report = init_report(model, MSELoss{}, x, y);
  REQUIRE(report.places.size() == 6);
  const char* const paths[] = {"0", "1", "2.body.0", "2.body.1", "2", "3"};
  const char* const layers[] = {"Linear", "ReLU", "Linear", "Tanh", "ResidualBlock", "Linear"};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(report.places[i].path == paths[i]);
    CHECK(report.places[i].layer == layers[i]);
  }
  // x Wᵀ = (3, -4), (2, -2), (6, -9): unit means 11/3 and -5, variances 26/9 and 26/3, squares 9+16+4+4+36+81 = 150.
  const LayerFigures& linear = report.layer("0");
  CHECK(linear.mean == doctest::Approx(-2.0 / 3));
  CHECK(linear.stddev == doctest::Approx(std::sqrt(150.0 / 6 - 4.0 / 9)));
  CHECK(linear.spread == doctest::Approx(std::sqrt((26.0 / 9 + 26.0 / 3) / 2 / (150.0 / 6))));
  CHECK(std::isnan(linear.dead));
  CHECK(std::isnan(linear.update_ratio));
  // Behind the ReLU the second unit is dead, and flat for all three samples.
  CHECK(report.layer("1").dead == 0.5);
  CHECK(report.layer("1").saturated == 0.5);
  CHECK(report.layer("2.body.1").dead == 0);

  const auto g = gradient(model, MSELoss{}, x, y);
  double last = 0, out = 0;
  for (std::size_t k = g.parameters.size() - 3; k < g.parameters.size() - 1; ++k)
    last += g.parameters[k] * g.parameters[k];
  CHECK(report.layer("3").weight_gradient == doctest::Approx(std::sqrt(last)).epsilon(1e-12));
  const auto outputs = predict(model, x);
  for (std::size_t i = 0; i < 3; ++i) out += 4.0 / 9 * (outputs(i, 0) - y(i, 0)) * (outputs(i, 0) - y(i, 0));
  CHECK(report.layer("3").output_gradient == doctest::Approx(std::sqrt(out)).epsilon(1e-12));
  CHECK(report.snapshots[0].loss == doctest::Approx(g.loss).epsilon(1e-14));
}

TEST_CASE("init_report: a signal that has collapsed has a small spread, however large its mean") {
  using Deep = Sequential<Linear<1, 1>, Linear<1, 1>>;
  Model<Deep, double> model;
  parameter(model, "0.weight").fill(1e-7);
  parameter(model, "0.bias").fill(1);
  parameter(model, "1.weight").fill(1);
  const xt::xtensor<double, 2> in{{-1}, {1}}, target{{0}, {0}};
  const DepthReport report = init_report(model, MSELoss{}, in, target);
  CHECK(report.layer("1").spread == doctest::Approx(1e-7).epsilon(1e-6));
  const auto findings = report.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == DepthFinding::Kind::collapsed);
  CHECK(
      findings[0].advice ==
      "collapsed signal: the samples hardly differ after layer 0 (Linear), spread 1e-07 [from epoch 1, step 1; 1 of 1 "
      "snapshots]: BatchNorm1d, residual blocks or fewer layers");
}

TEST_CASE("DepthProbe: updates and clips of the step, at the steps asked for") {
  auto model = a_model();
  const auto before = model;
  const auto g = gradient(model, MSELoss{}, x, y);
  DepthProbe probe{.every_epochs = 2, .steps = {3}};
  fit(model, data, MSELoss{}, chain(ClipGradValue{0.05}, SGD{.lr = 0.1}), whole_batches, probe);
  REQUIRE(probe.report.snapshots.size() == 3);
  CHECK(probe.report.snapshots[0].step == 0);
  CHECK(probe.report.snapshots[1].epoch == 2);
  CHECK(probe.report.snapshots[2].step == 3);
  CHECK(probe.report.snapshots[0].loss == doctest::Approx(g.loss).epsilon(1e-14));
  // The last layer: three parameters, each moved by 0.1 of its clipped gradient.
  double change = 0, size = 0, clipped = 0;
  for (std::size_t k = g.parameters.size() - 3; k < g.parameters.size(); ++k) {
    const double d = 0.1 * (std::min)(0.05, std::abs(g.parameters[k]));
    clipped += std::abs(g.parameters[k]) > 0.05 ? 1 : 0;
    change += d * d;
    size += before.parameters()[k] * before.parameters()[k];
  }
  CHECK(probe.report.layer("3").update_ratio == doctest::Approx(std::sqrt(change / size)).epsilon(1e-12));
  CHECK(clipped > 0);
  CHECK(probe.report.layer("3").clipped_share == doctest::Approx(clipped / 3));
  CHECK(std::isnan(probe.report.layer("1").update_ratio));  // has no parameters
  CHECK(probe.report.findings().size() == 0);
}

TEST_CASE("init_report: a signal that overflows, or is NaN, is found and named") {
  using Deep = Sequential<Linear<2, 4>, ReLU, Linear<4, 4>, ReLU, Linear<4, 1>>;
  Model<Deep, double> model(init::normal(0, 1e160), 1);
  const DepthReport huge = init_report(model, MSELoss{}, x, y);
  REQUIRE(huge.findings().size() >= 1);
  CHECK(huge.findings()[0].kind == DepthFinding::Kind::not_finite);
  CHECK(huge.to_string().find("not finite: the signal or the gradient at layer") != std::string::npos);
  CHECK(std::isinf(huge.snapshots[0].loss));

  model = Model<Deep, double>(init::he_normal(), 1);
  CHECK(init_report(model, MSELoss{}, x, y).findings().empty());
  parameter<"2.weight">(model)(0, 0) = std::numeric_limits<double>::quiet_NaN();
  const DepthReport bad = init_report(model, MSELoss{}, x, y);
  REQUIRE(bad.findings().size() >= 1);
  CHECK(bad.findings()[0].kind == DepthFinding::Kind::not_finite);
  CHECK(bad.findings()[0].layer == 0);  // its gradient
  CHECK_THROWS_WITH_AS(init_report(model, MSELoss{}, make_matrix<double>(0, 2), make_matrix<double>(0, 1)),
                       "init_report: an empty batch", ShapeError);
}

TEST_CASE("DepthProbe given to observe is an init_report") {
  DepthProbe probe;
  observe(a_model(), MSELoss{}, x, y, probe);
  const DepthReport report = init_report(a_model(), MSELoss{}, x, y);
  REQUIRE(probe.report.snapshots.size() == 1);
  CHECK(probe.report.layer("2").spread == report.layer("2").spread);
  CHECK(probe.report.layer("3").weight_gradient == report.layer("3").weight_gradient);
}

TEST_CASE("DepthProbe: what it saw is part of a checkpoint") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "run.ckpt";
  auto whole = a_model(), begun = a_model(), resumed = a_model();
  DepthProbe never_stopped, stopped, again;
  fit(whole, data, MSELoss{}, Adam{.lr = 0.1}, whole_batches, never_stopped);
  FitOptions half = whole_batches, rest = whole_batches;
  half.epochs = 2;
  rest.resume = path;
  fit(begun, data, MSELoss{}, Adam{.lr = 0.1}, half, stopped, Checkpoint{.path = path});
  fit(resumed, data, MSELoss{}, Adam{.lr = 0.1}, rest, again, Checkpoint{.path = path});
  CHECK(stopped.report.snapshots.size() == 2);
  CHECK(again.report.snapshots.size() == 4);
  check_same(again.report, never_stopped.report);
}

TEST_CASE("DepthProbe: invalid settings") {
  auto model = a_model();
  DepthProbe probe{.every_epochs = -1};
  CHECK_THROWS_WITH_AS(fit(model, data, MSELoss{}, SGD{}, whole_batches, probe),
                       "DepthProbe: every_epochs is -1, expected at least 0", TrainingError);
}

TEST_CASE("findings: each kind where it shows, and not where it doesn't") {
  using Kind = DepthFinding::Kind;
  const auto layer = [](double spread, double dead, double weight, double output, double clipped) {
    LayerFigures one;
    one.spread = spread, one.dead = dead, one.weight_gradient = weight, one.output_gradient = output;
    one.clipped_share = clipped;
    return one;
  };
  const double none = LayerFigures::none;
  DepthReport report;
  report.places = {{"0", "Linear"}, {"1", "ReLU"}, {"2", "Linear"}};
  const auto kinds = [&] {
    std::vector<Kind> all;
    for (const DepthFinding& one : report.findings()) all.push_back(one.kind);
    return all;
  };
  const std::vector<LayerFigures> sound{layer(0.9, none, 1, 1, 0.1), layer(0.8, 0.5, none, 1, none),
                                        layer(0.2, none, 1, 1, 0)};
  report.snapshots = {{0, 0, 1, sound}};
  CHECK(kinds().empty());

  report.snapshots[0].layers[0].output_gradient = 0.9e-3;
  CHECK(kinds() == std::vector{Kind::vanishing});
  report.snapshots[0].layers[0].output_gradient = 1.1e3;
  CHECK(kinds() == std::vector{Kind::exploding});
  report.snapshots[0].layers = sound;
  report.snapshots[0].layers[2].spread = 0.19;  // the output may be nearly the same for all: a target's mean
  CHECK(kinds().empty());
  report.snapshots[0].layers[1].spread = 0.19;
  report.snapshots[0].layers[1].dead = 0.51;
  CHECK(kinds() == std::vector{Kind::collapsed, Kind::dead});
  report.snapshots[0].layers = sound;
  report.snapshots[0].layers[1].saturated = 0.95;
  CHECK(kinds() == std::vector{Kind::saturated});
  CHECK(report.findings({.saturated = 0.96}).empty());

  // A clip is idle when it never does anything; a finding names the first snapshot.
  report.snapshots = {{0, 0, 1, sound}, {1, 7, 1, sound}, {2, 14, 1, sound}};
  report.snapshots[0].layers[0].clipped_share = 0;
  CHECK(kinds().empty());
  for (DepthSnapshot& at : report.snapshots) at.layers[0].clipped_share = 0;
  CHECK(kinds() == std::vector{Kind::idle_clip});
  report.snapshots[1].layers[1].spread = report.snapshots[2].layers[0].spread = 0.01;
  const auto findings = report.findings();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].snapshot == 1);
  CHECK(findings[0].layer == 1);
  CHECK(findings[0].snapshots == 2);
  CHECK(findings[0].advice.find("layer 1 (ReLU), spread 0.01 [from epoch 2, step 8; 2 of 3 snapshots]") !=
        std::string::npos);
}

TEST_CASE("DepthProbe: a layer that its block leaves out has no figures; one sample has no spread") {
  using Sometimes = Sequential<Linear<2, 2>, SkipsItsBody, Linear<2, 1>>;
  Model<Sometimes, double> model(init::he_normal(), 1);
  DepthProbe probe;
  fit(model, data, MSELoss{}, SGD{.lr = 0.1}, {.epochs = 2, .batch_size = 1}, probe);
  REQUIRE(probe.report.snapshots.size() == 2);
  REQUIRE(probe.report.places.size() == 3);
  CHECK_THROWS_WITH_AS(probe.report.layer("1.body"), "DepthReport: no layer '1.body'", Error);
  CHECK(std::isnan(probe.report.layer("0").spread));
  CHECK(probe.report.layer("0").update_ratio > 0);
  CHECK(probe.report.findings().empty());
}

TEST_CASE("DepthReport: text and CSV leave out what has no meaning") {
  const TemporaryFolder folder;
  const DepthReport report = init_report(a_model(), MSELoss{}, x, y);
  const std::string text = report.to_string();
  CHECK(text.find("epoch 1, step 1, loss ") == 0);
  CHECK(text.find("path      layer") != std::string::npos);
  CHECK(text.find("update_ratio") == std::string::npos);  // no step was made
  CHECK(text.find("nan") == std::string::npos);
  CHECK(DepthReport{}.to_string() == "no step was looked at\n");

  report.write_csv(folder.path() / "depth.csv");
  const Table table = read_csv(folder.path() / "depth.csv");
  REQUIRE(table.rows() == 6);
  CHECK(table.names().size() == 14);
  CHECK(table.cell(4, "path") == "2");
  CHECK(table.cell(4, "layer") == "ResidualBlock");
  CHECK(table.cell(0, "dead") == "");
  CHECK(table.cell(1, "dead") == "0.5");
  CHECK_THROWS_WITH_AS(report.layer("7"), "DepthReport: no layer '7'", Error);
  CHECK_THROWS_WITH_AS(report.layer("0", 1), "DepthReport: snapshot 1 of 1", Error);
}
