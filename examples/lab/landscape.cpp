// SPDX-License-Identifier: MIT
// S43: is the loss surface around a deep network smoother with residual connections, and with BatchNorm?
#include "support/lab.hpp"
#include "support/paired.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace evomlp;
using lab::number;
using lab::text;

// 20 layers of equal width: the same Linears in all four; with shortcuts each hidden one is y = x + ReLU(W x + b).
constexpr std::size_t width = 24, hidden = 18;
template <class... Body>
using Deep = Sequential<Linear<2, width>, ReLU, Repeat<hidden, Body...>, Linear<width, 1>>;
using Plain = Deep<Linear<width, width>, ReLU>;
using Normed = Deep<Linear<width, width>, BatchNorm1d<width>, ReLU>;
using Residual = Deep<ResidualBlock<1, Linear<width, width>, ReLU>>;
using NormedResidual = Deep<ResidualBlock<1, Linear<width, width>, BatchNorm1d<width>, ReLU>>;

// `he`: branches start like all else; otherwise smaller, by init::residual_scaled.
template <class N, bool he>
struct Case {
  using Net = N;
  static constexpr bool starts_as_he = he;
};

const std::string plain = "plain", normed = "BN", residual = "residual", both = "residual, BN",
                  control = "residual, He";
const std::vector<std::string> shown{plain, normed, residual, both};

struct Setup {
  int epochs, points, slice_points;
  double lr = 1e-3;
  int samples = 1000, batch = 64;
};

/// Where the i-th point of the slice is; a function, so that the columns' names are the same wherever they are made.
double slice_at(std::size_t i, int points) { return -1 + 2.0 * static_cast<double>(i) / (points - 1); }

/// Trains a network and looks around it, on the samples it was trained on.
template <class Case>
lab::Figures look_around(const Setup& setup, std::uint64_t seed) {
  const auto spirals = make_spirals<float>({.n_samples = setup.samples, .noise = 0.02, .turns = 1.5, .seed = 1});
  using Net = typename Case::Net;
  Model<Net> model =
      Case::starts_as_he ? Model<Net>(init::he_normal(), seed) : Model<Net>(init::residual_scaled(), seed);
  fit(model, spirals, BCEWithLogitsLoss{}, chain(ClipGradNorm{1}, Adam{.lr = setup.lr}),
      {.epochs = setup.epochs, .batch_size = setup.batch, .seed = seed});

  lab::Figures figures;
  const auto trained = evaluate(model, spirals, BCEWithLogitsLoss{});
  figures.add("accuracy", trained.accuracy).add("loss", trained.loss);

  const AxisOptions coarse{.points = setup.points, .seed = 2 * seed};
  AxisOptions across = coarse, fine = coarse;
  across.seed = 2 * seed + 1;
  fine.points = setup.slice_points;
  const LossSurface surface = loss_surface(model, BCEWithLogitsLoss{}, spirals.x, spirals.y,
                                           {random_axis(model, coarse), random_axis(model, across)});
  // A flat surface, around a dead network, has a bending of 0 and no shape: then these shares of it are 0/0.
  const auto add_of_shape = [&](const std::string& figure, double value) {
    if (!std::isnan(value)) figures.add(figure, value);
  };
  figures.add("bending", surface.bending()).add("highest loss", surface.highest().loss);
  add_of_shape("roughness", surface.roughness());
  add_of_shape("bent downwards", surface.concave_part());
  add_of_shape("convex share", surface.convex_share());
  for (std::size_t k = 0; k < surface.values.size(); ++k)
    figures.add("surface", static_cast<double>(k), surface.values[k]);

  const auto slice = [&](LossMode mode) {
    return loss_surface(model, BCEWithLogitsLoss{}, spirals.x, spirals.y, {random_axis(model, fine)}, {.mode = mode});
  };
  const LossSurface line = slice(LossMode::training);
  add_of_shape("slice roughness", line.roughness());
  add_of_shape("slice roughness in prediction mode", slice(LossMode::prediction).roughness());
  for (std::size_t i = 0; i < line.rows(); ++i) figures.add("slice", slice_at(i, setup.slice_points), line(i));
  return figures;
}

struct Landscape {
  static constexpr const char* name = "landscape";
  static constexpr const char* about =
      "S43: the loss around a trained 20-layer network, along random filter-normalised directions (Li et al. 2018), "
      "for a\n"
      "plain network, with BatchNorm, with residual connections and with both. Which surface is the smoothest?";

  static void measure(lab::Run& run) {
    const Setup setup{.epochs = run.setting("epochs", run.by_scale(1, 100)),
                      .points = run.setting("points on each axis of a surface", run.by_scale(5, 25)),
                      .slice_points = run.setting("points of a slice", run.by_scale(5, 81))};
    run.setting("networks",
                text("2-", width, "x", hidden + 1, "-1, ReLU; a shortcut around each hidden layer; BN before ReLU"));
    run.setting("data", text("two spirals, ", setup.samples,
                             " samples, 1.5 turns, noise 0.02; all of them in one batch for the surfaces"));
    run.setting(
        "training",
        text("BCE, Adam at ", setup.lr, ", batch ", setup.batch,
             ", gradient's norm clipped at 1; He, but the branches of residual nets smaller (init::residual_scaled)"));
    run.setting("directions", "filter-normalised, from -1 to 1; biases and BN parameters stay");
    run.setting("mode", "training: BN by the statistics of the batch, unless a figure says otherwise");
    run.setting("columns", "surface@k is row k / points (first direction), column k % points (second)");
    run.left_out("images and convolutions, which the paper's networks had; other depths");
    run.seeds(10);
    std::vector<int> nodes(static_cast<std::size_t>(setup.points * setup.points));
    std::iota(nodes.begin(), nodes.end(), 0);
    std::vector<double> slice;
    for (int i = 0; i < setup.slice_points; ++i)
      slice.push_back(slice_at(static_cast<std::size_t>(i), setup.slice_points));
    run.experiments(for_each_net<Case<Plain, true>, Case<Normed, true>, Case<Residual, false>,
                                 Case<NormedResidual, false>, Case<Residual, true>>(
                        {plain, normed, residual, both, control},
                        [setup]<class One>(std::uint64_t seed) { return look_around<One>(setup, seed); }),
                    lab::all({"accuracy", "loss", "bending", "roughness", "bent downwards", "convex share",
                              "highest loss", "slice roughness", "slice roughness in prediction mode"},
                             lab::along("slice", slice), lab::along("surface", nodes)));
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto spread = [&](const std::string& net, const std::string& figure) {
      const lab::Quartiles q = results.quartiles(net, figure);
      return text(net, " ", number(q.median, 3), " (", number(q.lower, 3), " to ", number(q.upper, 3), ")");
    };
    lab::Claims claims;
    const auto smaller = [&](const std::string& claim, const std::string& figure, const std::string& one,
                             const std::string& other) {
      claims.add(claim, [&] {
        const lab::Comparison by_seed =
            lab::compare(lab::by_seed(results, one, figure), lab::by_seed(results, other, figure));
        return lab::Judged{by_seed.lower(),
                           text("median ", figure, ": ", spread(one, figure), ", ", spread(other, figure), "; ",
                                by_seed.evidence(), lab::failed(results, {one, other}))};
      });
    };
    claims.add("all networks have learned the spirals (median accuracy of 99 % and more)", [&] {
      double least = 1;
      for (const std::string& net : {plain, normed, residual, both, control})
        least = (std::min)(least, results.median(net, "accuracy"));
      return lab::Judged{least >= 0.99, text("the least median is ", lab::percent(least),
                                             lab::failed(results, {plain, normed, residual, both, control}))};
    });
    smaller("smoother with residual connections", "bending", residual, plain);
    smaller("smoother with residual connections, also where the branches start at He's scale", "bending", control,
            plain);
    smaller("smoother with residual connections where there is BN", "bending", both, normed);
    smaller("smoother with BN", "bending", normed, plain);
    smaller("smoother with residual connections, whatever the range of the losses", "roughness", residual, plain);
    smaller("smoother with residual connections where there is BN, whatever the range", "roughness", both, normed);
    smaller("smoother with BN, whatever the range", "roughness", normed, plain);
    smaller("less of the bending is downwards with residual connections", "bent downwards", residual, plain);
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    // One scale for all, to 100 times the loss of a network that knows nothing: what is above has its colour.
    const std::pair scale{1e-3, 100 * std::log(2.0)};
    std::vector<lab::Figure> panels;
    for (const std::string& net : shown) {
      const auto n =
          static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(results.curve(net, "surface").size()))));
      lab::Grid grid{{-1, 1}, {-1, 1}, n, n, std::vector<double>(n * n)};
      for (std::size_t k = 0; k < n * n; ++k)
        grid.values[k % n * n + k / n] =
            std::clamp(results.values(net, text("surface@", k)).front(), scale.first, scale.second);
      panels.push_back(
          lab::Figure({.title = net + ", one seed", .x = "first direction", .y = "second", .equal_scale = true})
              .heat(grid, "loss", true, scale)
              .contours(grid, {0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}));
    }
    lab::Figure slices(
        {.title = "along one direction, median and quartiles", .x = "first direction", .y = "loss", .log_y = true});
    for (const std::string& net : shown) slices.line(net, results.curve(net, "slice"));
    panels.push_back(slices);
    const auto bars = [&](const std::string& figure, lab::Axes axes) {
      std::vector<std::pair<std::string, lab::Quartiles>> values;
      for (const std::string& net : {plain, normed, residual, both, control})
        if (results.has(net, figure)) values.emplace_back(net, results.quartiles(net, figure));
      panels.push_back(lab::Figure(std::move(axes)).bars("", values));
    };
    bars("bending", {.title = "bending: how much the slope changes", .y = "loss per unit", .log_y = true});
    bars("roughness", {.title = "roughness: the same by the range of the losses", .y = "times length / range"});
    bars("bent downwards", {.title = "share of the bending that is downwards"});
    to.save("landscape", panels, {.columns = 2, .height = 300});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Landscape>(argc, argv); }
