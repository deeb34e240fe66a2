// SPDX-License-Identifier: MIT
// batchnorm: the five effects that Batch Normalisation is said to have, each measured with it and without: stable
// inputs, gradients that don't vanish, the same functions, a smoother loss, noise from the batch.
//
//   build/bin/lab/batchnorm --out lab-output/batchnorm
#include "batchnorm/effects.hpp"
#include "support/digits.hpp"
#include "support/lab.hpp"
#include "support/paired.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

using namespace batchnorm;

namespace {

struct Batchnorm {
  static constexpr const char* name = "batchnorm";
  static constexpr const char* about =
      "Five effects that Batch Normalisation is said to have, measured on nets with and without it: the inputs of the "
      "layers drift less, gradients do not vanish, no function is lost, the loss is smoother (predictive gradients, "
      "small "
      "curvature, many rates that work), and the batch adds a noise that regularises.";

  static void measure(lab::Run& run) {
    const auto [train, test] = lab::digits(run, 1024, run.by_scale<std::size_t>(500, 5000));
    const auto small = lab::pooled(train);
    const Data data{small, lab::pooled(test), lab::part(small, 0, watched_samples),
                    run.setting("epochs", run.by_scale(1, 16))};
    run.setting("networks",
                "196-32-32-32-32-32-32-10; with BN: Linear, BatchNorm1d, activation; without: Linear, activation");
    run.setting("activation, start", "ReLU, He; for the gradients by layer also N(0, 0.1^2), and sigmoid with Xavier");
    run.setting("training", lab::text("SGD, rate ", rate, ", batches of ", batch, ", cross-entropy, 14 x 14 pixels"));
    run.setting("compared on", lab::text(watched_samples, " training samples as one batch in training mode"));
    run.setting("sharpness", "in double, to 5 %; left out where it does not converge in 300 products");
    run.seeds(10);
    run.left_out("larger networks and data sets, other optimizers, BatchNorm after the activation");

    struct Configuration {
      std::string name;
      lab::Figures (*run)(const Data&, std::uint64_t);
    };
    const std::vector<Configuration> nets{{"plain", measure_net<Plain>}, {"BN", measure_net<Normalised>}};
    std::vector<std::string> figures{"gradient variance at the start",
                                     "gradient variance at the end",
                                     "squared gradient at the start",
                                     "squared gradient at the end",
                                     "training loss",
                                     "test loss",
                                     "outputs apart",
                                     "losses apart",
                                     "the same in prediction mode, largest change"};
    for (const auto& start : starts) figures = lab::all(figures, lab::along("gradient, " + start, weights));
    for (const char* curve :
         {"gradient's change along a step", "gradient's change by way", "sharpness along a step", "sharpness residual"})
      figures = lab::all(figures, lab::along(curve, looked_at));
    run.experiments(nets,
                    lab::all(figures, lab::along("drift of the input", hidden), lab::along("test accuracy", rates),
                             lab::along("spread of one sample's outputs", noise_sizes)),
                    [&](const Configuration& one, std::uint64_t seed) { return one.run(data, seed); });
  }

  static lab::Claims judge(const lab::Results& results) {
    lab::Claims claims;
    const auto compared = [](double plain, double bn) {
      return lab::text("plain ", lab::number(plain, 3), ", BN ", lab::number(bn, 3));
    };
    const auto mean_of = [&](const std::string& net, const std::string& curve) {
      double sum = 0;
      const auto points = results.curve(net, curve);
      for (const auto& point : points) sum += point.median;
      return sum / static_cast<double>(points.size());
    };
    const auto smaller = [&](const std::string& claim, const auto& bn_and_plain, const auto& evidence) {
      claims.add(claim, [&] {
        const lab::Comparison by_seed = bn_and_plain();
        return lab::Judged{by_seed.lower(),
                           evidence() + "; " + by_seed.evidence() + lab::failed(results, {"plain", "BN"})};
      });
    };
    // Of a number that each run has, of("BN") and of("plain") by seed.
    const auto smaller_median = [&](const std::string& claim, const auto& of) {
      const auto median = [&](const std::string& net) { return lab::quartiles_of(of(net)).median; };
      smaller(
          claim, [&] { return lab::compare(of("BN"), of("plain")); },
          [&] { return "medians: " + compared(median("plain"), median("BN")); });
    };
    const auto figure_of = [&](const std::string& figure) {
      return [&results, figure](const std::string& net) { return lab::by_seed(results, net, figure); };
    };
    const auto curve_smaller = [&](const std::string& claim, const std::string& curve) {
      smaller(
          claim, [&] { return lab::compare_along(results, "BN", "plain", curve); },
          [&] { return "mean of the medians: " + compared(mean_of("plain", curve), mean_of("BN", curve)); });
    };

    curve_smaller("1 the inputs of the layers drift less in training", "drift of the input");

    for (const auto& start : starts) {
      const auto decades = [&](const std::string& net) {  // first layer against the last hidden one
        return std::log10(results.median(net, "gradient, " + start + "@1") /
                          results.median(net, "gradient, " + start + "@6"));
      };
      const auto by_seed = [&](const std::string& net) {
        return lab::paired(figure_of("gradient, " + start + "@1")(net), figure_of("gradient, " + start + "@6")(net),
                           [](double first, double last) { return std::abs(std::log10(first / last)); });
      };
      smaller(
          "2 gradients keep their size through the layers at the start (" + start + ")",
          [&] { return lab::compare(by_seed("BN"), by_seed("plain")); },
          [&] {
            return "log10 of |dL/dW1| / |dL/dW6|: " + compared(decades("plain"), decades("BN")) + "; |dL/dW1|: " +
                   compared(results.median("plain", "gradient, " + start + "@1"),
                            results.median("BN", "gradient, " + start + "@1"));
          });
    }

    claims.add(
        "3 nothing is lost: with weight sqrt(variance + eps) and bias mean the net is the plain one, to rounding", [&] {
          const double apart = results.median("BN", "outputs apart"), losses = results.median("BN", "losses apart");
          return lab::Judged{
              apart < 1e-12 && losses < 1e-12,
              lab::text("outputs apart by ", apart, " of the largest, losses in training mode by ", losses)};
        });

    curve_smaller("4 the gradient changes less along a step, relative to itself", "gradient's change along a step");
    curve_smaller("4 the gradient changes less by way (the effective Lipschitz constant of the gradient)",
                  "gradient's change by way");
    curve_smaller("4 the largest Hessian eigenvalue along a step is smaller", "sharpness along a step");
    for (const std::string when : {"at the start", "at the end"}) {
      const auto variance = figure_of("gradient variance " + when);
      const auto relative = [&](const std::string& net) {
        return lab::paired(variance(net), figure_of("squared gradient " + when)(net), std::divides<>());
      };
      smaller_median("4 the variance of a batch's gradient is smaller, " + when, variance);
      smaller_median("4 the same over the squared gradient, " + when, relative);
    }
    claims.add("4 more learning rates from 1e-4 to 1 train well (to 5 points of the best)", [&] {
      const auto accuracy = [&](const std::string& net) { return results.curve(net, "test accuracy"); };
      double best = 0;
      for (const std::string net : {"plain", "BN"})
        for (const auto& point : accuracy(net)) best = (std::max)(best, point.median);
      const auto good = [&](const std::string& net) {
        const auto points = accuracy(net);
        return std::count_if(points.begin(), points.end(), [&](const auto& p) { return p.median >= best - 0.05; });
      };
      return lab::Judged{good("BN") > good("plain"),
                         lab::text("of ", accuracy("BN").size(), " rates plain ", good("plain"), ", BN ", good("BN"),
                                   "; best accuracy ", lab::percent(best))};
    });

    // Rounding moves the plain net's outputs, too.
    claims.add("5 in training, and only there, a sample's output depends on its batch, less in a large one", [&] {
      const auto spread = [&](const std::string& net) { return results.curve(net, "spread of one sample's outputs"); };
      const auto bn = spread("BN"), plain = spread("plain");
      const std::string mode = "the same in prediction mode, largest change";
      const double predicted = (std::max)(results.median("BN", mode), results.median("plain", mode));
      return lab::Judged{
          bn.back().median > 100 * plain.back().median && bn.back().median < bn.front().median &&
              predicted < 1e-3 * bn.back().median,
          lab::text("spread in batches of ", bn.front().at, ": ", compared(plain.front().median, bn.front().median),
                    "; of ", bn.back().at, ": ", compared(plain.back().median, bn.back().median),
                    "; in prediction mode at most ", lab::number(predicted, 2))};
    });
    const auto gap = [&](const std::string& net) {
      return lab::paired(figure_of("test loss")(net), figure_of("training loss")(net), std::minus<>());
    };
    smaller_median("5 that noise regularises: test loss minus training loss is smaller", gap);
    return claims;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    const auto both = [&](const lab::Axes& axes, const std::string& curve) {
      lab::Figure figure(axes);
      for (const std::string net : {"plain", "BN"}) figure.line(net, results.curve(net, curve));
      return figure;
    };
    lab::Figure gradients({.title = "2 Gradients at the start", .x = "layer", .y = "|dL/dW|", .log_y = true});
    for (const auto& start : {starts[0], starts[2]})
      for (const std::string net : {"plain", "BN"})
        gradients.line(net + ", " + start, results.curve(net, "gradient, " + start));
    to.save(
        "batchnorm",
        {both({.title = "1 Drift of a layer's input",
               .x = "hidden layer",
               .y = "drift per epoch / spread",
               .log_y = true},
              "drift of the input"),
         gradients,
         both({.title = "4 Gradient's change along a step", .x = "epoch", .y = "relative change", .log_y = true},
              "gradient's change along a step"),
         both({.title = "4 Largest Hessian eigenvalue", .x = "epoch", .y = "eigenvalue", .log_y = true},
              "sharpness along a step"),
         both({.title = "4 Accuracy after training", .x = "learning rate", .y = "test accuracy", .log_x = true},
              "test accuracy"),
         both(
             {.title = "5 Spread of one sample's outputs", .x = "batch size", .y = "standard deviation", .log_x = true},
             "spread of one sample's outputs")},
        {.columns = 2});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Batchnorm>(argc, argv); }
