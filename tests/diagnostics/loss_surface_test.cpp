// SPDX-License-Identifier: MIT
// loss_surface: the values against the loss itself, and what is read from them against surfaces known in closed form.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::batch;
using evomlp_test::normal_batch;

namespace {

constexpr MSELoss half{.reduction = Reduction::half_sum_per_sample};

/// f on a grid over [-1, 1], or on its square.
LossSurface line_of(std::size_t points, auto f) {
  LossSurface surface;
  auto& [name, at] = surface.axes.emplace_back();
  name = "a";
  for (std::size_t i = 0; i < points; ++i) {
    at.push_back(-1 + 2 * static_cast<double>(i) / static_cast<double>(points - 1));
    surface.values.push_back(f(at.back()));
  }
  return surface;
}
LossSurface grid_of(std::size_t points, auto f) {
  LossSurface surface = line_of(points, [](double) { return 0.0; });
  surface.axes.push_back(surface.axes.front());
  surface.axes.back().name = "b";
  surface.values.clear();
  for (const double a : surface.axes.front().at)
    for (const double b : surface.axes.front().at) surface.values.push_back(f(a, b));
  return surface;
}

/// y = w2 σ(w1 x), at x = 1.
using OneOneOne = Sequential<Linear<1, 1, false>, Sigmoid, Linear<1, 1, false>>;
using Net = Sequential<Linear<3, 5>, BatchNorm1d<5>, ReLU, Linear<5, 2>>;

}  // namespace

TEST_CASE_TEMPLATE("over two parameters: the formula's loss at their values, wherever the model was", T, float,
                   double) {
  const double near = sizeof(T) == 8 ? 1e-14 : 1e-6;
  Model<OneOneOne, T> model;
  model.parameters()[0] = T(0.3);
  model.parameters()[1] = T(-2);
  const auto before = model;
  const auto x = batch<T>(1, 1, {1}), y = batch<T>(1, 1, {0});
  const auto surface = loss_surface(model, half, x, y,
                                    {parameter_axis(model, "0.weight", 0, {.from = -4, .to = 2, .points = 7}),
                                     parameter_axis(model, "2.weight", 0, {.from = -1, .to = 1, .points = 5})});
  CHECK(model == before);
  REQUIRE(surface.rows() == 7);
  REQUIRE(surface.cols() == 5);
  for (std::size_t i = 0; i < 7; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      const double w1 = -4 + static_cast<double>(i), w2 = -1 + 0.5 * static_cast<double>(j),
                   s = 1 / (1 + std::exp(-w1));
      CHECK(surface(i, j) == doctest::Approx(0.5 * w2 * s * w2 * s).epsilon(near));
      CHECK(surface.point(i, j).at == std::array{w1, w2});
    }
  CHECK(surface.axes[0].name == "0.weight");
  CHECK(surface.lowest().loss < 1e-12);
  CHECK(surface.highest().at == std::array{2.0, -1.0});
  for (std::size_t i = 1; i < 6; ++i) {  // det H < 0 beside w2 = 0; on it one eigenvalue is 0
    CHECK(surface.curvature_signs(i, 1) == std::array{-1, 1});
    CHECK(surface.curvature_signs(i, 2)[1] == 1);
  }
  CHECK(surface.indefinite_share() >= 2.0 / 3);
}

TEST_CASE("a filter-normalised direction has the norm of each unit's weights, and nothing for vectors") {
  const Model<Net, double> model(init::he_normal(), 4);
  const SurfaceAxis axis = random_axis(model, {.from = -2, .to = 2, .points = 9, .seed = 7});
  CHECK(axis.points == 9);
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained) continue;
    for (std::size_t unit = 0; unit < info.out; ++unit) {
      double of_weights = 0, of_direction = 0, product = 0;
      for (std::size_t i = 0; i < info.in; ++i) {
        const std::size_t at = info.offset + i * info.out + unit;
        of_weights += model.parameters()[at] * model.parameters()[at];
        of_direction += axis.direction[at] * axis.direction[at];
        product += axis.direction[at] * model.parameters()[at];
      }
      if (info.rank == 2) {
        CHECK(of_direction == doctest::Approx(of_weights).epsilon(1e-12));
        CHECK(std::abs(product) < 0.999 * of_weights);  // a direction, not the weights once more
      } else {
        CHECK(of_direction == 0);
      }
    }
  }
  CHECK(random_axis(model, {.seed = 7}).direction == axis.direction);
  CHECK(random_axis(model, {.seed = 8}).direction != axis.direction);
  // Weights all 10 times as large in front of a BatchNorm: another model, the same function, and the same slice.
  Model<Net, double> scaled = model;
  for (std::size_t i = 0; i < 15; ++i) scaled.parameters()[i] *= 10;
  const auto x = normal_batch<double>(20, 3, 1), y = normal_batch<double>(20, 2, 2);
  const auto one = loss_surface(model, MSELoss{}, x, y, {random_axis(model, {.seed = 7})});
  const auto other = loss_surface(scaled, MSELoss{}, x, y, {random_axis(scaled, {.seed = 7})});
  for (std::size_t i = 0; i < one.rows(); ++i) CHECK(other(i) == doctest::Approx(one(i)).epsilon(1e-4));
}

TEST_CASE("training mode follows the batch's statistics, prediction mode the model's; of a batch and of a source") {
  Model<Net, double> model(init::he_normal(), 4);
  const auto x = normal_batch<double>(20, 3, 1), y = normal_batch<double>(20, 2, 2);
  State state(model, SGD{.lr = 0.1}, {.max_batch = 20});
  for (int i = 0; i < 20; ++i) train_step(model, state, MSELoss{}, x, y);
  const auto before = model;
  const SurfaceAxis axis = random_axis(model, {.points = 5});
  const auto training = loss_surface(model, MSELoss{}, x, y, {axis});
  const auto prediction = loss_surface(model, MSELoss{}, x, y, {axis}, {.mode = LossMode::prediction});
  CHECK(model == before);
  const Dataset<double> data{x, y};
  CHECK(training(2) == doctest::Approx(gradient(model, MSELoss{}, x, y).loss).epsilon(1e-14));
  CHECK(prediction(2) == doctest::Approx(evaluate(model, data, MSELoss{}).loss).epsilon(1e-14));
  Model<Net, double> moved = model;
  for (std::size_t i = 0; i < axis.direction.size(); ++i) moved.parameters()[i] -= 0.5 * axis.direction[i];
  CHECK(training(1) == doctest::Approx(gradient(moved, MSELoss{}, x, y).loss).epsilon(1e-12));
  CHECK(prediction(1) == doctest::Approx(evaluate(moved, data, MSELoss{}).loss).epsilon(1e-12));
  CHECK(training(0) != doctest::Approx(prediction(0)).epsilon(1e-3));

  CHECK(loss_surface(model, data, MSELoss{}, {axis}).values == training.values);
  CHECK(loss_surface(model, data, MSELoss{}, {axis}, {.mode = LossMode::prediction, .batch_size = 3}).values ==
        prediction.values);
  // The mean over batches of 7, 7 and 6, each with its own statistics, is another number, and always the same one.
  const auto batches = loss_surface(model, data, MSELoss{}, {axis}, {.batch_size = 7});
  CHECK(batches(2) != doctest::Approx(training(2)).epsilon(1e-6));
  CHECK(batches(2) == doctest::Approx(training(2)).epsilon(0.2));
  CHECK(loss_surface(model, data, MSELoss{}, {axis}, {.batch_size = 7}).values == batches.values);
}

TEST_CASE(
    "roughness: 0 for a line, 8 for a parabola, 4 for |x|, more with every wave, hardly by the number of points") {
  CHECK(line_of(11, [](double a) { return 3 * a + 1; }).roughness() < 1e-12);
  CHECK(line_of(101, [](double a) { return a * a; }).roughness() == doctest::Approx(8 * 99.0 / 100));
  CHECK(line_of(101, [](double a) { return 5 + 100 * a * a; }).roughness() == doctest::Approx(8 * 99.0 / 100));
  CHECK(line_of(101, [](double a) { return std::abs(a); }).roughness() == doctest::Approx(4));
  const auto wave = [](double times) { return [=](double a) { return std::cos(times * std::numbers::pi * a); }; };
  const double slow = line_of(201, wave(2)).roughness(), fast = line_of(201, wave(6)).roughness();
  CHECK(slow == doctest::Approx(4 * 2 * 2 * std::numbers::pi).epsilon(0.01));  // ∫ |f″| = 16π, length and range 2
  CHECK(fast == doctest::Approx(9 * slow).epsilon(0.02));
  CHECK(line_of(401, wave(6)).roughness() == doctest::Approx(fast).epsilon(0.01));
  CHECK(grid_of(101, [](double a, double b) { return a * a + b * b; }).roughness() == doctest::Approx(4 * 99.0 / 100));

  CHECK(line_of(101, [](double a) { return 5 + 100 * a * a; }).bending() == doctest::Approx(400 * 99.0 / 100));
  CHECK(line_of(101, [](double a) { return std::abs(a); }).bending() == doctest::Approx(2));
  CHECK(grid_of(101, [](double a, double b) { return a * a + 3 * b; }).bending() == doctest::Approx(2 * 99.0 / 100));
  CHECK(
      std::isnan(line_of(5, [](double a) { return a > 0 ? std::numeric_limits<double>::infinity() : a; }).roughness()));
}

TEST_CASE("convexity: the signs of the curvature, its downward part, and witnesses") {
  const auto bowl = grid_of(11, [](double a, double b) { return a * a + 2 * b * b; });
  CHECK(bowl.convex_share() == 1);
  CHECK(bowl.indefinite_share() == 0);
  CHECK(bowl.concave_part() == doctest::Approx(0));
  CHECK(bowl.curvature(5, 5)[0] == doctest::Approx(2));
  CHECK(bowl.curvature(5, 5)[1] == doctest::Approx(4));

  const auto saddle = grid_of(11, [](double a, double b) { return a * b; });  // eigenvalues ±1, nothing along the axes
  CHECK(saddle.curvature(3, 7)[0] == doctest::Approx(-1));
  CHECK(saddle.curvature(3, 7)[1] == doctest::Approx(1));
  CHECK(saddle.indefinite_share() == 1);
  const auto witness = saddle.convexity_violations(3);
  REQUIRE(witness.size() == 3);
  CHECK(witness[0].excess == doctest::Approx(1));  // 0 in the middle between −1 and −1, on the diagonal
  CHECK(witness[0].middle.at == std::array{saddle.axes[0].at[5], saddle.axes[0].at[5]});
  CHECK(witness[0].ends[0].at == std::array{-1.0, 1.0});
  CHECK(witness[0].ends[1].at == std::array{1.0, -1.0});
  CHECK(witness[0].ends[0].loss == -1);
  CHECK(witness[1].excess <= witness[0].excess);

  const auto hill = line_of(5, [](double a) { return 1 - a * a; });
  CHECK(hill.concave_part() == 1);
  CHECK(hill.convex_share() == 0);
  CHECK(hill.curvature_signs(2) == std::array{-1, -1});
  CHECK(hill.convexity_violations().size() == 3);
  CHECK(line_of(201, [](double a) { return std::cos(6 * std::numbers::pi * a); }).concave_part() ==
        doctest::Approx(0.5).epsilon(0.05));
  CHECK(bowl.to_string() ==
        "loss over a (-1 to 1, 11 points) and b (-1 to 1, 11 points)\n"
        "lowest 0 at (0, 0), highest 3 at (-1, -1)\n"
        "bending 5.4, roughness 3.6, 0 % of it downwards; convex at 100 % of the inner points, indefinite at 0 %\n"
        "no violation of convexity\n");
  CHECK(hill.to_string().find("not convex: 1 at (0), halfway between 0 at (-1) and 0 at (1)\n") != std::string::npos);
}

TEST_CASE_TEMPLATE("a convex loss has no witness against it, whatever rounding does", T, float, double) {
  const Model<Sequential<Linear<3, 2>>, T> model(init::normal(0, 1), 4);
  const auto x = normal_batch<T>(50, 3, 1);
  const auto y = normal_batch<T>(50, 2, 2);
  for (const double reach : {1e-3, 1.0, 1e3}) {
    const auto surface = loss_surface(model, MSELoss{}, x, y,
                                      {random_axis(model, {.from = -reach, .to = reach, .points = 11, .seed = 1}),
                                       random_axis(model, {.from = -reach, .to = reach, .points = 11, .seed = 2})});
    CHECK(surface.convexity_violations().empty());
    CHECK(surface.convex_share() == 1);
  }
}

TEST_CASE("basins: separate valleys, at the level where there are most") {
  CHECK(basins(line_of(21, [](double a) { return a * a; })) == 1);
  CHECK(basins(line_of(21, [](double a) { return a; })) == 1);
  CHECK(basins(line_of(201, [](double a) { return std::cos(6 * std::numbers::pi * a); })) == 6);
  CHECK(basins(line_of(201, [](double a) { return a + std::cos(6 * std::numbers::pi * a); })) == 6);
  CHECK(basins(grid_of(11, [](double a, double b) { return a * b; })) == 2);              // two corners
  CHECK(basins(grid_of(11, [](double a, double b) { return (a - b) * (a - b); })) == 1);  // a diagonal valley
  CHECK(basins(grid_of(11, [](double a, double) { return a == 0 ? std::nan("") : 1 - a * a; })) == 2);
  CHECK(basins(grid_of(11, [](double, double) { return 3.0; })) == 1);
}

TEST_CASE("write_csv: axes by their names, and numbers that read back the same") {
  const TemporaryFolder folder;
  auto surface = grid_of(3, [](double a, double b) { return a / 3 + b; });
  surface.axes[1].name = "b, second";
  surface.write_csv(folder.path() / "s.csv");
  std::ifstream file(folder.path() / "s.csv");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str().starts_with("a,\"b, second\",loss\n-1,-1,-1.3333333333333333\n-1,0,-0.3333333333333333\n"));
  line_of(3, [](double a) { return a; }).write_csv(folder.path() / "s.csv");
  std::ifstream again(folder.path() / "s.csv");
  std::stringstream line;
  line << again.rdbuf();
  CHECK(line.str() == "a,loss\n-1,-1\n0,0\n1,1\n");
}

TEST_CASE("losses that aren't finite are no sign of convexity, nor of the opposite") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const auto nothing = grid_of(5, [&](double, double) { return nan; });
  CHECK(nothing.finite() == 0);
  CHECK(std::isnan(nothing.convex_share()));
  CHECK(std::isnan(nothing.indefinite_share()));
  CHECK(nothing.to_string().find("no violation of convexity among the 0 of 25 losses that are finite\n") !=
        std::string::npos);
  for (const double bad : {nan, infinity, -infinity}) {
    const auto half_of =
        line_of(9, [&](double a) { return a > 0.9 ? bad : -a * a; });  // one of 7 inner points is beside it
    CHECK(half_of.finite() == 8);
    CHECK(half_of.convex_share() == 0);
    CHECK(line_of(9, [&](double a) { return a > 0.9 ? bad : a * a; }).convex_share() == 1);
  }
}

TEST_CASE("curvature is of inner points only") {
  const auto line = line_of(5, [](double a) { return a * a; });
  const auto grid = grid_of(5, [](double a, double b) { return a * b; });
  CHECK_THROWS_WITH_AS(line.curvature(0),
                       "LossSurface: no curvature at the point (0, 0), which isn't inside the 5 x 1 points", Error);
  CHECK_THROWS_AS(line.curvature(4), Error);
  CHECK_THROWS_AS(line.curvature(1, 1), Error);
  CHECK_THROWS_AS(grid.curvature(2, 0), Error);
  CHECK_THROWS_AS(grid.curvature_signs(2, 4), Error);
  CHECK_THROWS_AS(grid.curvature(std::numeric_limits<std::size_t>::max(), 2), Error);
  CHECK(grid.curvature(3, 3)[1] == doctest::Approx(1));
}

TEST_CASE("what can't be is said") {
  const Model<Net, double> model(init::he_normal(), 4);
  const auto x = normal_batch<double>(4, 3, 1), y = normal_batch<double>(4, 2, 2);
  const SurfaceAxis axis = random_axis(model);
  const auto with = [&](auto change) {
    SurfaceAxis one = axis;
    one.name = "mine";
    change(one);
    return loss_surface(model, MSELoss{}, x, y, {one});
  };
  CHECK_THROWS_WITH_AS(loss_surface(model, MSELoss{}, x, y, {}), "loss_surface: 0 axes, expected one or two",
                       TrainingError);
  CHECK_THROWS_WITH_AS(loss_surface(model, MSELoss{}, x, y, {axis, axis, axis}),
                       "loss_surface: 3 axes, expected one or two", TrainingError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.direction.pop_back(); }),
                       "loss_surface: the axis 'mine' has a direction of 41 numbers, the network has 42 parameters",
                       ShapeError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.points = 2; }),
                       "loss_surface: the axis 'mine' has 2 points, expected at least 3", TrainingError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.to = a.from; }), doctest::Contains("goes from -1 to -1, expected"),
                       TrainingError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.to = std::numeric_limits<double>::infinity(); }),
                       doctest::Contains("goes from -1 to inf, expected"), TrainingError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.direction[3] = std::numeric_limits<double>::quiet_NaN(); }),
                       "loss_surface: the axis 'mine' has a direction that isn't finite", TrainingError);
  CHECK_THROWS_WITH_AS(with([](SurfaceAxis& a) { a.direction.assign(a.direction.size(), 0.0); }),
                       "loss_surface: the axis 'mine' has a direction of 0: on it there is one model only",
                       TrainingError);
  CHECK_THROWS_WITH_AS(parameter_axis(model, "9.weight", 0),
                       "parameter_axis: the network has no parameter \"9.weight\"", Error);
  CHECK_THROWS_WITH_AS(parameter_axis(model, "1.running_mean", 0), doctest::Contains("has no parameter"), Error);
  CHECK_THROWS_WITH_AS(parameter_axis(model, "0.weight", 15), "parameter_axis: entry 15 of \"0.weight\", which has 15",
                       Error);
  CHECK_THROWS_WITH_AS(loss_surface(model, MSELoss{}, normal_batch<double>(4, 2, 1), y, {axis}),
                       "loss_surface: x has shape (4, 2), expected (batch, 3)", ShapeError);
  // Far away a loss may overflow: that is its value there, and no error.
  const auto far = loss_surface(model, MSELoss{}, x, y, {random_axis(model, {.from = -1e200, .to = 1})},
                                {.mode = LossMode::prediction});
  CHECK(!std::isfinite(far(0)));
  CHECK(std::isfinite(far.highest().loss));
}
