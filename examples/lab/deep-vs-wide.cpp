// SPDX-License-Identifier: MIT
// Deep against wide (S20, S42): networks of equal parameters with one to six hidden layers on the same target. What
// depth can represent, by construction, stands beside what training finds.
//   build/bin/lab/deep-vs-wide
#include "support/lab.hpp"
#include "support/paired.hpp"
#include "support/tent_map.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

// Depth counts the hidden layers here.
template <std::size_t In, std::size_t Depth, std::size_t Width>
struct Hidden {
  using Net = Sequential<Linear<In, Width>, ReLU, Repeat<Depth - 1, Linear<Width, Width>, ReLU>, Linear<Width, 1>>;
};
template <std::size_t In, std::size_t Width>
struct Hidden<In, 1, Width> {
  using Net = Sequential<Linear<In, Width>, ReLU, Linear<Width, 1>>;
};
/// The units in each layer of the widest network with no more parameters than `most`.
constexpr std::size_t widest(std::size_t in, std::size_t depth, std::size_t most) {
  std::size_t width = 1;
  for (std::size_t w = 1; (in + 1) * w + (depth - 1) * (w + 1) * w + w + 1 <= most; ++w) width = w;
  return width;
}
template <std::size_t In, std::size_t Depth, std::size_t most>
using Fitting = typename Hidden<In, Depth, widest(In, Depth, most)>::Net;
std::string shape(std::size_t in, std::size_t depth, std::size_t most) {
  return lab::text(depth, " x ", widest(in, depth, most));
}

constexpr std::size_t depths[] = {1, 2, 3, 6};  // hidden layers
const std::vector<std::string> rates{"0.01", "0.003"};
constexpr std::size_t few = 70, many = 600;  // parameters

struct Target {
  std::string name;
  double (*at)(double x, double y);
};
const std::vector<Target> lines{{"sine", [](double x, double) { return std::sin(2 * std::numbers::pi * x); }},
                                {"tent map 3 times", [](double x, double) { return lab::tent(x, 3); }},
                                {"tent map 6 times", [](double x, double) { return lab::tent(x, 6); }}};
const std::vector<Target> planes{{"rings in the plane", [](double x, double y) {
                                    return std::cos(3 * std::numbers::pi *
                                                    ((2 * x - 1) * (2 * x - 1) + (2 * y - 1) * (2 * y - 1)));
                                  }}};

struct Setting {
  std::string name;
  Target target;
  double lr;  // 0: constructed, not trained
};
std::vector<Setting> with_rates(const std::vector<Target>& targets) {
  std::vector<Setting> settings;
  for (const Target& target : targets)
    for (const std::string& rate : rates) settings.push_back({target.name + ", lr " + rate, target, std::stod(rate)});
  return settings;
}

/// The middles of side² equal cells of the unit interval, or of the unit square.
Dataset<double> sampled(const Target& target, std::size_t inputs, std::size_t side) {
  Dataset<double> data{make_matrix<double>(side * side, inputs), make_matrix<double>(side * side, 1)};
  for (std::size_t i = 0; i < side * side; ++i) {
    const std::size_t cells = inputs == 1 ? side * side : side, row = i / cells, column = i % cells;
    const double x = (static_cast<double>(column) + 0.5) / static_cast<double>(cells);
    const double y = (static_cast<double>(row) + 0.5) / static_cast<double>(cells);
    data.x(i, 0) = x;
    if (inputs == 2) data.x(i, 1) = y;
    data.y(i, 0) = target.at(x, y);
  }
  return data;
}

/// The root mean square error over the standard deviation of the truth.
double relative_error(const xt::xtensor<double, 2>& y, const xt::xtensor<double, 2>& truth) {
  double mean = 0, error = 0, deviation = 0;
  for (const double t : truth) mean += t / static_cast<double>(truth.size());
  for (std::size_t i = 0; i < truth.shape()[0]; ++i) {
    error += (y(i, 0) - truth(i, 0)) * (y(i, 0) - truth(i, 0));
    deviation += (truth(i, 0) - mean) * (truth(i, 0) - mean);
  }
  return std::sqrt(error / deviation);
}

/// With all biases 0 every corner of the first layer would lie at 0, a border of the data: each unit's goes through a
/// place drawn among them.
template <class Net>
void spread_corners(Model<Net, double>& model, std::uint64_t seed) {
  const Random random(seed, Stream::data);
  auto weight = parameter(model, "0.weight"), bias = parameter(model, "0.bias");
  for (std::size_t unit = 0; unit < weight.shape()[0]; ++unit) {
    double at = 0;
    for (std::size_t in = 0; in < Net::in_features; ++in)
      at += weight(unit, in) * random.uniform(Net::in_features * unit + in);
    bias(unit, 0) = -at;
  }
}

struct DeepVsWide {
  static constexpr const char* name = "deep-vs-wide";
  static constexpr const char* about =
      "Fits networks of 1, 2, 3 and 6 hidden layers with equal numbers of parameters to the same targets (a sine, the "
      "tent map composed 3 and 6 times, rings in the plane), each with several seeds and two learning rates. Beside "
      "them stand networks that are the tent map by construction, and 1000 units in one layer against 100 in four.";

  static void measure(lab::Run& run) {
    const auto side = run.by_scale<std::size_t>(8, 32);
    run.setting("training samples", side * side);
    const int epochs = run.setting("epochs", run.by_scale(2, 800));
    run.setting("update rule", "Adam, batch 64, lr in the configuration's name, to 0 by a cosine");
    run.setting("start", "He, first layer's corners at random places of the data");
    run.setting(
        "error",
        "root mean square, over the target's standard deviation, on 4096 other points; 1 is as good as the mean");
    run.setting("configuration", "hidden layers x units each");
    run.seeds(5);

    const auto fit_one = [&]<class Net>(const Setting& setting, std::uint64_t seed) {
      const auto test = sampled(setting.target, Net::in_features, 64);
      Model<Net, double> model(init::he_normal(), seed);
      if (setting.lr > 0) {
        spread_corners(model, seed);
        fit(model, sampled(setting.target, Net::in_features, side), MSELoss{}, Adam{.lr = setting.lr},
            {.epochs = epochs, .batch_size = 64, .seed = seed, .restore_best = false}, CosineAnnealingLR{});
      } else if constexpr (requires { lab::construct(model); }) {
        lab::construct(model);
      }
      const auto y = predict(model, test.x);
      lab::Figures figures;
      figures.add("error", relative_error(y, test.y));
      figures.add("parameters", static_cast<double>(Net::num_parameters));
      if (Net::in_features == 1)
        figures.add("monotone pieces", lab::monotone_pieces(std::vector<double>(y.begin(), y.end())));
      return figures;
    };

    auto nets = for_each_net<Fitting<1, 1, few>, Fitting<1, 2, few>, Fitting<1, 3, few>, Fitting<1, 6, few>,
                             Fitting<1, 1, many>, Fitting<1, 2, many>, Fitting<1, 3, many>, Fitting<1, 6, many>,
                             Hidden<1, 1, 1000>::Net, Hidden<1, 4, 25>::Net>(
        {shape(1, 1, few), shape(1, 2, few), shape(1, 3, few), shape(1, 6, few), shape(1, 1, many), shape(1, 2, many),
         shape(1, 3, many), shape(1, 6, many), "1 x 1000", "4 x 25"},
        with_rates(lines), fit_one);
    const auto also = [&](const auto& more) {
      for (const auto& one : more) nets.push_back(one);
    };
    also(for_each_net<Fitting<2, 1, many>, Fitting<2, 2, many>, Fitting<2, 3, many>, Fitting<2, 6, many>>(
        {shape(2, 1, many), shape(2, 2, many), shape(2, 3, many), shape(2, 6, many)}, with_rates(planes), fit_one));
    also(for_each_net<lab::WideTent>({"1 x 64"}, with_rates({lines[2]}), fit_one));
    const std::vector<Setting> constructed{{lines[2].name + ", constructed", lines[2], 0}};
    also(for_each_net<lab::DeepTent, lab::WideTent>({"6 x 3", "1 x 64"}, constructed, fit_one));
    run.experiments(nets, {"error", "parameters", "monotone pieces"});
  }

  /// The trained network of a shape, at the rate with the lower median error.
  static std::string best(const lab::Results& results, const std::string& shape, const std::string& target) {
    std::string found;
    for (const std::string& rate : rates) {
      const std::string one = lab::text(shape, ", ", target, ", lr ", rate);
      if (!results.has(one)) continue;
      if (found.empty() || results.median(one, "error") < results.median(found, "error")) found = one;
    }
    if (found.empty()) throw lab::MissingError(lab::text("no results for ", shape, " on ", target));
    return found;
  }

  static lab::Claims judge(const lab::Results& results) {
    const auto error = [&](const std::string& shape, const std::string& target) {
      return results.quartiles(best(results, shape, target), "error");
    };
    const std::string& tent = lines[2].name;
    const std::string constructed = "6 x 3, " + tent + ", constructed";
    const auto pieces = [&] { return results.median(constructed, "monotone pieces"); };
    const auto parameters = [&] { return results.median(constructed, "parameters"); };
    lab::Claims claims;
    claims.add("6 hidden layers of 3 ReLUs, 70 parameters, can be the tent map composed 6 times, to rounding", [&] {
      const double built = results.median(constructed, "error");
      return lab::Judged{built < 1e-12 && parameters() == 70,
                         lab::text("constructed, with ", parameters(), " parameters, its error is ", built)};
    });
    claims.add("one layer of as many parameters can't, it would need at least 63 ReLUs", [&] {
      const double units = std::floor((parameters() - 1) / 3);  // of one layer: two weights and a bias each
      return lab::Judged{pieces() - 1 >= 63 && pieces() - 1 > units,
                         lab::text("the map goes up and down in ", pieces(), " pieces, so a layer needs ", pieces() - 1,
                                   " corners, one for each ReLU; ", parameters(), " parameters are ", units)};
    });
    claims.add("training finds that construction: 6 x 3 on " + tent + " below 1 % error", [&] {
      return lab::Judged{error("6 x 3", tent).median < 0.01,
                         lab::text("median error ", lab::percent(error("6 x 3", tent).median), ", ",
                                   results.median(best(results, "6 x 3", tent), "monotone pieces"), " of ", pieces(),
                                   " pieces; one trained layer of 23 has ", lab::percent(error("1 x 23", tent).median),
                                   ", of 64, which is enough, ", lab::percent(error("1 x 64", tent).median))};
    });
    const auto compare = [&](const std::string& about, const std::string& deep, const std::string& wide,
                             const Target& target) {
      claims.add(
          lab::text(target.name, ", ", about, ": deep ", deep, " is better than wide ", wide, ", quartiles apart"),
          [&] {
            const lab::Quartiles d = error(deep, target.name), w = error(wide, target.name);
            return lab::Judged{d.upper < w.lower,
                               lab::text("median error ", lab::percent(d.median), " (", lab::percent(d.lower), " to ",
                                         lab::percent(d.upper), ") against ", lab::percent(w.median), " (",
                                         lab::percent(w.lower), " to ", lab::percent(w.upper), ")",
                                         lab::failed(results, {best(results, deep, target.name),
                                                               best(results, wide, target.name)}))};
          });
    };
    for (const std::size_t most : {few, many})
      for (const Target& target : lines)
        compare(lab::text("at most ", most, " parameters"), shape(1, 6, most), shape(1, 1, most), target);
    compare(lab::text("at most ", many, " parameters"), shape(2, 6, many), shape(2, 1, many), planes[0]);
    for (const Target& target : lines) compare("100 neurons against 1000", "4 x 25", "1 x 1000", target);
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    std::vector<lab::Figure> panels;
    const auto by_depth = [&](lab::Figure& panel, std::size_t in, std::size_t most, const Target& target,
                              const std::string& figure) {
      std::vector<std::pair<double, std::string>> shapes;
      for (const std::size_t depth : depths)
        shapes.emplace_back(depth, best(results, shape(in, depth, most), target.name));
      panel.line(lab::text("at most ", most, " parameters"), results.across(shapes, figure));
    };
    for (const Target& target : lines) {
      lab::Figure& panel = panels.emplace_back(lab::Axes{
          .title = target.name, .x = "hidden layers", .y = "relative error", .log_y = true, .y_range = {{1e-4, 2}}});
      for (const std::size_t most : {few, many}) by_depth(panel, 1, most, target, "error");
    }
    lab::Figure& plane = panels.emplace_back(lab::Axes{
        .title = planes[0].name, .x = "hidden layers", .y = "relative error", .log_y = true, .y_range = {{1e-4, 2}}});
    by_depth(plane, 2, many, planes[0], "error");
    lab::Figure& pieces = panels.emplace_back(lab::Axes{.title = lines[2].name + ": what is used",
                                                        .x = "hidden layers",
                                                        .y = "pieces, up and down",
                                                        .y_range = {{0, 70}}});
    for (const std::size_t most : {few, many}) by_depth(pieces, 1, most, lines[2], "monotone pieces");
    pieces.level(results.median("6 x 3, " + lines[2].name + ", constructed", "monotone pieces"),
                 "the target, and 6 x 3 constructed");
    lab::Figure& illustration = panels.emplace_back(
        lab::Axes{.title = "1000 neurons against 100", .y = "relative error", .log_y = true, .y_range = {{1e-4, 2}}});
    for (const char* const one : {"1 x 1000", "4 x 25"}) {
      std::vector<std::pair<std::string, lab::Quartiles>> bars;
      for (const Target& target : lines)
        bars.emplace_back(target.name, results.quartiles(best(results, one, target.name), "error"));
      illustration.bars(one, bars);
    }
    to.save(name, panels, {.columns = 2, .height = 370});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<DeepVsWide>(argc, argv); }
