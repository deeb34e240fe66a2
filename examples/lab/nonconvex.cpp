// SPDX-License-Identifier: MIT
// S34: the loss of the smallest network, y = w2 σ(w1 x) at x = 1, isn't convex in its two weights.
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace evomlp;
using lab::number;
using lab::text;

using Net = Sequential<Linear<1, 1, false>, Sigmoid, Linear<1, 1, false>>;

constexpr double reach = 4;  // both weights from −4 to 4

/// A form of the loss: ½ (w2 s)², or −log σ(w2 s), with s = σ(w1).
struct Form {
  std::string name;
  bool cross_entropy;
};
const Form squares{"squared error", false}, entropy{"cross-entropy", true};

/// Loss, gradient and Hessian by the formulas.
struct Exact {
  double loss, slope1, slope2, h11, h12, h22;

  Exact(const Form& form, double w1, double w2) {
    const double s = 1 / (1 + std::exp(-w1)), ds = s * (1 - s), dds = ds * (1 - 2 * s), y = w2 * s;
    const double p = 1 / (1 + std::exp(-y));
    loss = form.cross_entropy ? std::log1p(std::exp(-y)) : y * y / 2;
    const double by_y = form.cross_entropy ? p - 1 : y, twice_by_y = form.cross_entropy ? p * (1 - p) : 1;
    slope1 = by_y * w2 * ds;
    slope2 = by_y * s;
    h11 = twice_by_y * w2 * ds * w2 * ds + by_y * w2 * dds;
    h12 = twice_by_y * w2 * ds * s + by_y * ds;
    h22 = twice_by_y * s * s;
  }
  double det() const { return h11 * h22 - h12 * h12; }
};

Model<Net, double> model_at(double w1, double w2) {
  Model<Net, double> model;
  parameter<"0.weight">(model)(0, 0) = w1;
  parameter<"2.weight">(model)(0, 0) = w2;
  return model;
}

/// The form's loss on the real network: an instrument called with it and its one sample.
auto with_loss(const Form& form, const auto& use) {
  const Tensor<double> x{{1.0}}, y{{form.cross_entropy ? 1.0 : 0.0}};
  return form.cross_entropy ? use(BCEWithLogitsLoss{}, x, y)
                            : use(MSELoss{.reduction = Reduction::half_sum_per_sample}, x, y);
}
Hessian hessian_at(const Form& form, double w1, double w2) {
  return with_loss(form, [&](const auto& loss, const auto& x, const auto& y) {
    // Of a loss without kinks a longer step than the usual one gives more digits.
    return hessian(model_at(w1, w2), loss, x, y, {.step = 6e-6});
  });
}
double det_of(const Hessian& h) { return h.matrix(0, 0) * h.matrix(1, 1) - h.matrix(0, 1) * h.matrix(1, 0); }

/// Where det H of the cross-entropy form changes sign at w1 = 0, by halving between 0 and 4.
double crossing(const auto& det) {
  double low = 0, high = reach;
  for (int i = 0; i < 50; ++i) ((det((low + high) / 2) < 0) ? low : high) = (low + high) / 2;
  return low;
}

/// How often the loss's curvature along w1 changes its sign, at w2 = 2.
int inflections(const Form& form) {
  const Model<Net, double> model = model_at(0, 2);
  const LossSurface slice = with_loss(form, [&](const auto& loss, const auto& x, const auto& y) {
    return loss_surface(model, loss, x, y,
                        {parameter_axis(model, "0.weight", 0, {.from = -reach, .to = reach, .points = 81})});
  });
  int changes = 0, last = 0;
  for (std::size_t i = 1; i + 1 < slice.rows(); ++i) {
    const int sign = slice.curvature_signs(i)[0];
    if (sign * last < 0) ++changes;
    if (sign != 0) last = sign;
  }
  return changes;
}

/// The j-th w2 of the grid; a function, so that the names of its columns are the same wherever they are made.
double w2_at(std::size_t j, int points) { return -reach + 2 * reach * static_cast<double>(j) / (points - 1); }

lab::Figures measured(const Form& form, int points) {
  const Model<Net, double> model = model_at(0.5, -0.5);  // anywhere
  const AxisOptions all{.from = -reach, .to = reach, .points = points};
  const LossSurface surface = with_loss(form, [&](const auto& loss, const auto& x, const auto& y) {
    return loss_surface(model, loss, x, y,
                        {parameter_axis(model, "0.weight", 0, all), parameter_axis(model, "2.weight", 0, all)});
  });

  lab::Figures figures;
  double loss_error = 0, slope_error = 0, det_error = 0, largest_slope2 = -1e300, least_slope = 1e300;
  for (std::size_t i = 0; i < surface.rows(); ++i)
    for (std::size_t j = 0; j < surface.cols(); ++j) {
      const double w1 = surface.point(i, j).at[0], w2 = surface.point(i, j).at[1];
      const Exact exact(form, w1, w2);
      const Hessian h = hessian_at(form, w1, w2);
      const auto slopes = with_loss(form, [&](const auto& loss, const auto& x, const auto& y) {
        return gradient(model_at(w1, w2), loss, x, y).parameters;
      });
      const auto k = static_cast<double>(i * surface.cols() + j);
      figures.add("loss", k, surface(i, j));
      figures.add("indefinite", k, h.indefinite() ? 1 : 0);
      figures.add("det H", k, det_of(h));
      loss_error = (std::max)(loss_error, std::abs(surface(i, j) - exact.loss));
      slope_error = (std::max)({slope_error, std::abs(slopes[0] - exact.slope1), std::abs(slopes[1] - exact.slope2)});
      det_error = (std::max)(det_error, std::abs(det_of(h) - exact.det()));
      largest_slope2 = (std::max)(largest_slope2, slopes[1]);
      least_slope = (std::min)(least_slope, std::hypot(slopes[0], slopes[1]));
      if (i == surface.rows() / 2) {
        figures.add("lower eigenvalue", w2_at(j, points), h.eigenvalues[0]);
        figures.add("upper eigenvalue", w2_at(j, points), h.eigenvalues[1]);
      }
    }
  const ConvexityViolation witness = surface.convexity_violations(1).at(0);
  figures.add("error of the loss", loss_error)
      .add("error of the gradient", slope_error)
      .add("error of det H", det_error);
  figures.add("largest dL/dw2", largest_slope2).add("smallest gradient", least_slope).add("basins", basins(surface));
  figures.add("inflections along w1", inflections(form));
  figures.add("witness a w1", witness.ends[0].at[0]).add("witness a w2", witness.ends[0].at[1]);
  figures.add("witness b w1", witness.ends[1].at[0]).add("witness b w2", witness.ends[1].at[1]);
  figures.add("witness a loss", witness.ends[0].loss).add("witness b loss", witness.ends[1].loss);
  figures.add("witness middle loss", witness.middle.loss);
  if (form.cross_entropy) {
    figures.add("measured zero of det H", crossing([&](double w2) { return det_of(hessian_at(form, 0, w2)); }));
    figures.add("exact zero of det H", crossing([&](double w2) { return Exact(form, 0, w2).det(); }));
  }
  return figures;
}

struct NonConvex {
  static constexpr const char* name = "nonconvex";
  static constexpr const char* about =
      "The loss of the network y = w2 sigmoid(w1) over its two weights (S34), as squared error and as cross-entropy: "
      "where\n"
      "it isn't convex, measured on the real network and by the formulas, and how many basins it has.";

  static void measure(lab::Run& run) {
    const int points = run.setting("points on each axis", run.by_scale(17, 41));
    run.setting("network", "y = w2 sigmoid(w1 x) at x = 1, in double");
    run.setting("squared error", "(w2 s)^2 / 2, s = sigmoid(w1)");
    run.setting("cross-entropy", "-log sigmoid(w2 s)");
    run.setting("reach", reach);
    run.setting("columns",
                "loss@k, indefinite@k and det H@k are row k / points (w1), column k % points (w2) of the grid; "
                "eigenvalues are at w1 = 0");
    run.seeds(1);
    std::vector<int> nodes(static_cast<std::size_t>(points * points));
    std::iota(nodes.begin(), nodes.end(), 0);
    std::vector<double> w2(static_cast<std::size_t>(points));
    for (std::size_t j = 0; j < w2.size(); ++j) w2[j] = w2_at(j, points);
    run.experiments(std::vector{squares, entropy},
                    lab::all({"error of the loss", "error of the gradient", "error of det H", "largest dL/dw2",
                              "smallest gradient", "basins", "inflections along w1", "witness a w1", "witness a w2",
                              "witness a loss", "witness b w1", "witness b w2", "witness b loss", "witness middle loss",
                              "measured zero of det H", "exact zero of det H"},
                             lab::along("lower eigenvalue", w2), lab::along("upper eigenvalue", w2),
                             lab::along("loss", nodes), lab::along("indefinite", nodes), lab::along("det H", nodes)),
                    [points](const Form& form, std::uint64_t) { return measured(form, points); });
  }

  /// What is measured of det H where `where(w2)`, beside its formula of s = σ(w1) and w2.
  struct Determinants {
    int places = 0, negative = 0;
    double error = 0;  // the largest, over the larger of the two

    Determinants(const lab::Results& results, const Form& form, const auto& where, const auto& formula) {
      const auto points = results.curve(form.name, "det H");
      const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(points.size()))));
      const auto place = [n](std::size_t i) {
        return -reach + 2 * reach * static_cast<double>(i) / static_cast<double>(n - 1);
      };
      for (std::size_t k = 0; k < points.size(); ++k) {
        const double w2 = place(k % n), found = points[k].median;
        if (!where(w2)) continue;
        const double expected = formula(1 / (1 + std::exp(-place(k / n))), w2);
        ++places;
        negative += found < 0 ? 1 : 0;
        error = (std::max)(error, std::abs(found - expected) / (std::max)(std::abs(found), std::abs(expected)));
      }
    }
    bool agree() const { return places > 0 && negative == places && error < 1e-6; }
    std::string evidence() const {
      return text("negative at ", negative, " of ", places, " points, and off the formula by at most ",
                  number(error, 2), " of it");
    }
  };

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    for (const Form& form : {squares, entropy}) {
      const auto value = [&](const std::string& figure) { return results.median(form.name, figure); };
      claims.add(form.name + ": the network's loss, gradient and det H are those of the formulas", [&] {
        return lab::Judged{
            value("error of the loss") < 1e-12 && value("error of the gradient") < 1e-12 &&
                value("error of det H") < 1e-8,
            text("largest differences ", value("error of the loss"), ", ", value("error of the gradient"), ", ",
                 value("error of det H"), " (det H from differences of gradients)")};
      });
      claims.add(form.name + ": not convex", [&] {
        const double halfway = (value("witness a loss") + value("witness b loss")) / 2;
        return lab::Judged{
            value("witness middle loss") > halfway,
            text("between (", value("witness a w1"), ", ", value("witness a w2"), "), loss ", value("witness a loss"),
                 ", and (", value("witness b w1"), ", ", value("witness b w2"), "), loss ", value("witness b loss"),
                 ", it is ", value("witness middle loss"), " in the middle, and convex would be at most ", halfway)};
      });
    }
    const auto beside_axis = [&] {
      return Determinants(
          results, squares, [](double w2) { return w2 != 0; },
          [](double s, double w2) { return -w2 * w2 * s * s * s * s * (1 - s) * (2 - s); });
    };
    const auto on_axis = [&] {
      return Determinants(
          results, entropy, [](double w2) { return w2 == 0; },
          [](double s, double) { return -s * (1 - s) * s * (1 - s) / 4; });
    };
    claims.add("squared error: det H = -w2^2 s^4 (1-s) (2-s) < 0, an indefinite Hessian, wherever w2 is not 0", [&] {
      const Determinants found = beside_axis();
      return lab::Judged{found.agree(), found.evidence()};
    });
    claims.add("squared error: along w1, at w2 = 2, an S: convex, then concave", [&] {
      const double turns = results.median(squares.name, "inflections along w1");
      return lab::Judged{turns == 1, text("the curvature changes its sign ", turns, turns == 1 ? " time" : " times")};
    });
    const auto value = [&](const std::string& figure) { return results.median(entropy.name, figure); };
    claims.add("cross-entropy: dL/dw2 < 0 everywhere, so no stationary point", [&] {
      return lab::Judged{value("largest dL/dw2") < 0 && value("smallest gradient") > 0,
                         text("on the grid dL/dw2 is at most ", value("largest dL/dw2"),
                              ", the gradient's norm at least ", value("smallest gradient"))};
    });
    claims.add("cross-entropy: det H = -s'^2 / 4 < 0 on w2 = 0", [&] {
      const Determinants found = on_axis();
      return lab::Judged{found.agree(), found.evidence()};
    });
    claims.add("cross-entropy: eigenvalues -0.0976 and 0.1601 at w1 = w2 = 0", [&] {
      const double low = value("lower eigenvalue@0"), high = value("upper eigenvalue@0");
      return lab::Judged{std::abs(low + 0.0976) < 5e-5 && std::abs(high - 0.1601) < 5e-5,
                         text("measured ", number(low, 6), " and ", number(high, 6))};
    });
    claims.add("cross-entropy: at w1 = 0 indefinite for w2 < 1.4777, positive definite above", [&] {
      const double zero = value("measured zero of det H"), exact = value("exact zero of det H");
      return lab::Judged{std::abs(zero - 1.4777) < 5e-5 && std::abs(zero - exact) < 1e-5,
                         text("det H changes sign at w2 = ", number(zero, 7),
                              ", by the formula w2 sigmoid(w2 / 2) = 1 at ", number(exact, 7))};
    });
    claims.add("the document: the cross-entropy surface shows several basins", [&] {
      return lab::Judged{value("basins") > 1, text("the places below a level make at most ", value("basins"),
                                                   " separate part", value("basins") == 1 ? "" : "s")};
    });
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    const auto grid_of = [&](const Form& form, const std::string& figure) {
      const auto curve = results.curve(form.name, figure);
      const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(curve.size()))));
      lab::Grid grid{{-reach, reach}, {-reach, reach}, n, n, std::vector<double>(n * n)};
      for (std::size_t i = 0; i < n; ++i)  // w1 to the right
        for (std::size_t j = 0; j < n; ++j) grid.values[j * n + i] = curve[i * n + j].median;
      return grid;
    };
    const lab::Axes axes{.x = "w1", .y = "w2", .equal_scale = true};
    for (const Form& form : {squares, entropy}) {
      lab::Axes here = axes;
      here.title = form.name + ": loss";
      const lab::Grid grid = grid_of(form, "loss");
      panels.push_back(lab::Figure(here)
                           .heat(grid, "loss")
                           .contours(grid, form.cross_entropy ? std::vector{0.05, 0.2, 0.4, 0.6, 0.8, 1.2, 2.0, 3.0}
                                                              : std::vector{0.02, 0.1, 0.3, 1.0, 2.0, 4.0, 6.0}));
    }
    for (const Form& form : {squares, entropy}) {
      lab::Axes here = axes;
      here.title = "Hessian: 1 indefinite, 0 not";
      panels.push_back(lab::Figure(here).heat(grid_of(form, "indefinite"), "indefinite"));
    }
    const lab::Grid grid = grid_of(squares, "loss");
    lab::Figure slices({.title = "squared error along w1", .x = "w1", .y = "loss"});
    for (const double w2 : {1.0, 2.0, 3.0}) {
      std::vector<lab::Point> seen, formula;
      const auto row =
          static_cast<std::size_t>(std::lround((w2 + reach) / (2 * reach) * static_cast<double>(grid.rows - 1)));
      for (std::size_t i = 0; i < grid.columns; ++i) {
        seen.emplace_back(grid.x_at(i), grid.values[row * grid.columns + i]);
        if (i % 4 == 0) formula.emplace_back(grid.x_at(i), Exact(squares, grid.x_at(i), w2).loss);
      }
      const int style = static_cast<int>(w2) - 1;
      slices.line(text("w2 = ", w2), seen, {.index = style, .marks = false});
      slices.points(w2 == 3 ? "formula" : "", formula, {.index = style});
    }
    panels.push_back(slices);
    const double exact = results.median(entropy.name, "exact zero of det H");
    panels.push_back(lab::Figure({.title = "cross-entropy, w1 = 0: eigenvalues of H", .x = "w2", .y = "eigenvalue"})
                         .line("lower", results.curve(entropy.name, "lower eigenvalue"))
                         .line("upper", results.curve(entropy.name, "upper eigenvalue"))
                         .level(0)
                         .upright(exact, number(exact, 5)));
    to.save("nonconvex", panels, {.columns = 2, .height = 340});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<NonConvex>(argc, argv); }
