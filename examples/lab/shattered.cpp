// SPDX-License-Identifier: MIT
// Do the gradients of a network at neighbouring inputs resemble each other? In deep plain networks they become white
// noise, "shattered"; residual blocks keep them alike (Balduzzi et al. 2017). The set-up is theirs: one input on a
// grid, He's start, nothing trained; docs/lab/shattered.md has the whole story.
#include "shattered/networks.hpp"
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;
using namespace shattered;

namespace {

constexpr int lags = 30, side = 20;  // of the autocorrelation; of the covariance matrix, at every so manyth point

/// `to` gets the family at each depth, under "name depth".
template <template <std::size_t> class Family, class Configurations, std::size_t... depth>
void add(Configurations& to, const std::string& name, std::index_sequence<depth...>, const auto& run) {
  const std::string names[] = {name + " " + std::to_string(depth)...};
  for (auto& one : for_each_net<Family<depth>...>(names, run)) to.push_back(one);
}

/// The autocorrelation by lag; the covariance, over its mean diagonal, where pictures need it, and the first output's
/// gradient along the grid where one run's is enough.
lab::Figures figures_of(const GradientAutocorrelation& found, bool with_covariance, bool with_gradient) {
  lab::Figures figures;
  for (int lag = 1; lag <= lags; ++lag) figures.add("acf", lag, found.correlation[static_cast<std::size_t>(lag)]);
  const std::size_t points = found.gradients.shape(1), n = side;
  if (with_covariance) {
    const auto covariance = found.covariance();
    double diagonal = 0;
    for (std::size_t i = 0; i < points; ++i) diagonal += covariance(i, i) / static_cast<double>(points);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        figures.add(
            "covariance", static_cast<double>(i * n + j),
            std::round(1e4 * covariance(i * (points - 1) / (n - 1), j * (points - 1) / (n - 1)) / diagonal) / 1e4);
  }
  if (with_gradient)
    for (std::size_t i = 0; i < points; ++i) figures.add("gradient", static_cast<double>(i), found.gradients(0, i));
  return figures;
}

/// The law with its best factor: its root mean square distance from the points.
double misfit(const std::vector<lab::Point>& decay, const auto& law) {
  double product = 0, square = 0, sum = 0;
  for (const auto& [depth, value, lower, upper] : decay) {
    product += value * law(depth);
    square += law(depth) * law(depth);
  }
  for (const auto& [depth, value, lower, upper] : decay) sum += std::pow(value - product / square * law(depth), 2);
  return std::sqrt(sum / static_cast<double>(decay.size()));
}

/// Where f is smallest between first and last, to a thousandth of that.
double best(double first, double last, const auto& f) {
  double found = first;
  for (int i = 1; i <= 1000; ++i) {
    const double at = first + i * (last - first) / 1000;
    if (f(at) < f(found)) found = at;
  }
  return found;
}

/// The autocorrelation at a lag by depth.
std::vector<lab::Point> by_depth(const lab::Results& results, const std::string& family, int lag) {
  std::vector<std::pair<double, std::string>> depths;
  for (int depth = 2; depth <= 50; ++depth) depths.emplace_back(depth, family + " " + std::to_string(depth));
  return results.across(depths, "acf@" + std::to_string(lag));
}

struct Shattered {
  static constexpr const char* name = "shattered";
  static constexpr const char* about =
      "Do the gradients of a network at neighbouring inputs resemble each other? Their autocorrelation along a grid of "
      "inputs, at the start of training, for plain, BatchNorm, residual and Highway networks of 2 to 50 layers, beside "
      "white and brown noise; and which law it follows with depth, 1/2^L or 1/sqrt(L).";

  static void measure(lab::Run& run) {
    const GradientGrid grid{.from = -2, .to = 2, .points = run.by_scale(40, 256), .lags = lags};
    run.setting("grid", lab::text(grid.points, " points on [-2, 2], the batch of BatchNorm"));
    run.setting("width", width);
    run.setting("outputs", outputs);
    run.setting("start", "first layer W N(0, 2), b N(0, 1); hidden W He, without bias (plain: b N(0, 9/width)); "
                         "last W N(0, 1/width)");
    run.setting("scalar", "double");
    run.seeds(10);
    run.left_out("training: all is measured at the start");
    const auto look = [&]<class One>(std::uint64_t seed) {
      const bool shown = One::depth == pictured;
      return figures_of(One::look(grid, seed), shown, seed == 0 && (shown || One::depth == 2));
    };
    auto all = for_each_net<Noise<white_noise>, Noise<brown_noise>>({"white noise", "brown noise"}, look);
    using FromTwo = std::index_sequence<2, 4, 6, 10, 16, 24, 36, 50>;
    using FromFour = std::index_sequence<4, 6, 10, 16, 24, 36, 50>;  // with two layers linear: the gradient is constant
    add<Plain>(all, "plain", FromTwo{}, look);
    add<PlainBatchNorm>(all, "plain BN", FromTwo{}, look);
    add<Residual1>(all, "residual 1", FromFour{}, look);
    add<ResidualHalf>(all, "residual 0.5", FromFour{}, look);
    add<ResidualTenth>(all, "residual 0.1", FromFour{}, look);
    add<Highway>(all, "Highway", FromFour{}, look);
    add<HighwaySmallGates>(all, "Highway, gates x 0.1", FromFour{}, look);

    std::vector<std::string> figures;
    const auto add_figures = [&](const char* figure, int first, int end) {
      for (int i = first; i < end; ++i) figures.push_back(lab::text(figure, "@", i));
    };
    add_figures("acf", 1, lags + 1);
    add_figures("covariance", 0, side * side);
    add_figures("gradient", 0, grid.points);
    run.experiments(all, figures);
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    const auto acf = [&](const std::string& configuration) { return results.median(configuration, "acf@1"); };
    const auto near = [&](const std::string& configuration) {
      return lab::text(configuration, " layers ", lab::number(acf(configuration), 3));
    };
    const auto noises = [&] {
      return lab::text(" (white noise ", lab::number(acf("white noise"), 3), ", brown noise ",
                       lab::number(acf("brown noise"), 3), ")");
    };
    claims.add("a shallow network's gradients are as alike as brown noise, lag 1 above 0.95", [&] {
      return lab::Judged{acf("plain 2") > 0.95 && acf("plain BN 2") > 0.95,
                         near("plain 2") + ", " + near("plain BN 2") + noises()};
    });
    claims.add("those of a plain network of 24 layers with BatchNorm are white noise, lag 1 within 0.15", [&] {
      return lab::Judged{std::abs(acf("plain BN 24")) < 0.15, near("plain BN 24") + noises()};
    });
    claims.add(
        "residual blocks keep them alike at 50 layers, lag 1 between 0.35 and 0.75 for beta 1, above 0.7 for beta 0.1",
        [&] {
          return lab::Judged{acf("residual 1 50") > 0.35 && acf("residual 1 50") < 0.75 && acf("residual 0.1 50") > 0.7,
                             near("residual 1 50") + ", " + near("residual 0.5 50") + ", " + near("residual 0.1 50")};
        });
    claims.add("Highway blocks keep them alike as well, lag 1 above 0.35 at 50 layers", [&] {
      return lab::Judged{acf("Highway 50") > 0.35, near("Highway 50") + ", " + near("Highway, gates x 0.1 50")};
    });
    for (const char* family : {"plain", "plain BN"}) law(claims, results, family, true);
    for (const char* family : {"residual 1", "residual 0.5", "residual 0.1"}) law(claims, results, family, false);
    return claims;
  }

  /// 1/2^L for plain networks, 1/√L for residual ones: the law with the smaller misfit, each with its best factor.
  static void law(lab::Claims& claims, const lab::Results& results, const std::string& family, bool halves) {
    const char* laws[] = {"1/sqrt(L) rather than 1/2^L", "1/2^L rather than 1/sqrt(L)"};
    claims.add(family + ": falls with depth as " + laws[halves] + ", at the lags 1 and 5", [&] {
      const auto two = [](double value) { return lab::number(value, 2); };
      std::string evidence;
      bool holds = true;
      for (const int lag : {1, 5}) {
        const auto decay = by_depth(results, family, lag);
        lab::enough(decay.size() >= 3, lab::text("a law needs three depths, there are ", decay.size()));
        const auto geometric = [&](double r) {
          return misfit(decay, [=](double depth) { return std::pow(r, depth); });
        };
        const auto by_power = [&](double p) {
          return misfit(decay, [=](double depth) { return std::pow(depth, -p); });
        };
        holds = holds && (geometric(0.5) < by_power(0.5)) == halves;
        const double ratio = best(0.3, 1, geometric), power = best(0, 4, by_power);
        evidence += lab::text(lag == 1 ? "" : "; ", "lag ", lag, ": misfit ", two(geometric(0.5)), " of 1/2^L, ",
                              two(by_power(0.5)), " of 1/sqrt(L); the best of their kind ", lab::number(ratio, 3),
                              "^L (", two(geometric(ratio)), ") and L^-", two(power), " (", two(by_power(power)), ")");
      }
      return lab::Judged{holds, evidence};
    });
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    lab::Figure by_lag({.title = "Gradients along the grid, 24 layers", .x = "lag, points of the grid",
                        .y = "autocorrelation", .y_range = {{-0.2, 1}}});
    lab::Figure depth({.title = "Gradients at neighbouring points (lag 1)", .x = "layers", .y = "autocorrelation",
                       .log_x = true, .x_range = {{2, 50}}, .y_range = {{-0.2, 1}}});
    for (const std::string family : {"plain", "plain BN", "residual 1", "residual 0.1", "Highway"}) {
      by_lag.line(family, results.curve(family + " 24", "acf"));
      depth.line(family, by_depth(results, family, 1));
    }
    for (const char* noise : {"white noise", "brown noise"})
      by_lag.line(noise, results.curve(noise, "acf"), {.marks = false});
    depth.line("Highway, gates x 0.1", by_depth(results, "Highway, gates x 0.1", 1));
    to.save("shattered", {by_lag, depth}, {.columns = 1, .height = 420});
    if (!results.has("white noise", "gradient@0")) return;

    std::vector<lab::Figure> gradients, maps;
    for (const char* one : {"plain 2", "brown noise", "plain 24", "plain BN 24", "residual 0.1 24", "residual 1 24",
                            "Highway 24", "white noise"}) {
      auto gradient = results.curve(one, "gradient");
      for (lab::Point& point : gradient) point.at = -2 + 4 * point.at / static_cast<double>(gradient.size() - 1);
      lab::Figure panel({.title = one, .x = "input", .y = "gradient"});
      gradients.push_back(panel.line("", gradient, {.marks = false}));
    }
    to.save("shattered-gradients", gradients, {.columns = 2, .height = 200});

    for (const char* one : {"plain 24", "plain BN 24", "residual 0.1 24", "residual 1 24", "brown noise",
                            "white noise"}) {
      const auto entry = [&](std::size_t i, std::size_t j) {  // over the seeds: so no correlation is above 1
        double sum = 0;
        for (const double value : results.values(one, "covariance@" + std::to_string(i * side + j))) sum += value;
        return sum;
      };
      std::vector<double> deviations;
      for (std::size_t i = 0; i < side; ++i) deviations.push_back(std::sqrt(entry(i, i)));
      lab::Grid grid{{-2, 2}, {-2, 2}, side, side, {}};
      for (std::size_t i = 0; i < side; ++i)
        for (std::size_t j = 0; j < side; ++j)
          grid.values.push_back(std::abs(entry(i, j)) / (deviations[i] * deviations[j]));
      lab::Figure panel({.title = one, .x = "input", .y = "input", .equal_scale = true});
      maps.push_back(panel.heat(grid, "|correlation|"));
    }
    to.save("shattered-covariance", maps, {.columns = 2, .height = 330});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Shattered>(argc, argv); }
