// SPDX-License-Identifier: MIT
// batchnorm: the five effects that Batch Normalisation is said to have, each measured with it and without: stable
// inputs, gradients that don't vanish, the same functions, a smoother loss, noise from the batch.
//
//   build/bin/lab/batchnorm --out lab-output/batchnorm
#include "support/digits.hpp"
#include "support/lab.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

template <class Activation>
using Plain = Sequential<Linear<196, 32>, Activation, Repeat<5, Linear<32, 32>, Activation>, Linear<32, 10>>;
template <class Activation>
using Normalised = Sequential<Linear<196, 32>, BatchNorm1d<32>, Activation,
                              Repeat<5, Linear<32, 32>, BatchNorm1d<32>, Activation>, Linear<32, 10>>;
constexpr std::size_t hidden_layers = 6;

const std::vector<double> rates{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1};
const std::vector<int> looked_at{0, 1, 2, 4, 8, 16}, noise_sizes{4, 16, 64, 256};  // epochs done, batch sizes
const std::vector<int> weights{1, 2, 3, 4, 5, 6, 7}, hidden{1, 2, 3, 4, 5, 6};
const std::vector<std::string> starts{"ReLU, He", "ReLU, N(0, 0.1^2)", "sigmoid, Xavier"};
constexpr double rate = 0.1;
constexpr int batch = 64, watched_samples = 256;

struct Data {
  lab::Images train, test, watched;  // watched: the batch on which the nets are compared
  int epochs;
};

double norm(std::span<const float> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

/// Mean and standard deviation of each unit, of what comes out of each activation: the input of the next layer.
struct InputStatistics {
  std::vector<std::vector<double>> mean{}, sd{};

  void forward(const auto& node, auto, auto y) {
    if constexpr (std::is_same_v<typename std::remove_cvref_t<decltype(node)>::Layer, ReLU>) {
      auto& means = mean.emplace_back();
      auto& sds = sd.emplace_back();
      for (std::size_t j = 0; j < y.cols; ++j) {
        double sum = 0, squares = 0;
        for (std::size_t i = 0; i < y.rows; ++i) sum += y(i, j);
        for (std::size_t i = 0; i < y.rows; ++i) squares += std::pow(y(i, j) - sum / static_cast<double>(y.rows), 2);
        means.push_back(sum / static_cast<double>(y.rows));
        sds.push_back(std::sqrt(squares / static_cast<double>(y.rows)));
      }
    }
  }
};

/// How far a layer's input has moved: the distance (Wasserstein's, of normal distributions) over the spread before.
double drift(const InputStatistics& before, const InputStatistics& now, std::size_t layer) {
  double moved = 0, spread = 0;
  for (std::size_t j = 0; j < before.mean[layer].size(); ++j) {
    moved += std::pow(now.mean[layer][j] - before.mean[layer][j], 2) + std::pow(now.sd[layer][j] - before.sd[layer][j], 2);
    spread += std::pow(before.sd[layer][j], 2);
  }
  return std::sqrt(moved / spread);
}

/// Norms of dL/dW, layer by layer, at the start.
template <class Net, class Init>
void add_gradient_norms(lab::Figures& figures, const std::string& start, const Init& init, const Data& data,
                        std::uint64_t seed) {
  const Model<Net> model(init, seed);
  const auto found = gradient(model, CrossEntropyLoss{}, data.watched.x, data.watched.y);
  int layer = 0;
  for (const ParameterInfo& info : parameter_table<Net>)
    if (info.rank == 2)
      figures.add("gradient, " + start, ++layer, norm(std::span(found.parameters).subspan(info.offset, info.size)));
}

/// Along a step of gradient descent from here, at the rate of training: how much the gradient changes, relative to
/// itself and to the way (of a half, one, two and four steps the largest), and the largest Hessian eigenvalue.
template <class Net>
void add_smoothness(lab::Figures& figures, int epoch, const Model<Net>& model, const Data& data) {
  const auto here = gradient(model, CrossEntropyLoss{}, data.watched.x, data.watched.y).parameters;
  double relative = 0, slope = 0, sharpest = 0;
  for (const double steps : {0.0, 0.5, 1.0, 2.0, 4.0}) {
    Model<Net> there = model;
    for (std::size_t i = 0; i < here.size(); ++i) there.parameters()[i] -= static_cast<float>(steps * rate) * here[i];
    if (steps <= 1)
      sharpest = (std::max)(sharpest, sharpness(there, CrossEntropyLoss{}, data.watched.x, data.watched.y,
                                                {.iterations = 30, .tolerance = 0.05}).value);
    if (steps == 0) continue;
    auto change = gradient(there, CrossEntropyLoss{}, data.watched.x, data.watched.y).parameters;
    for (std::size_t i = 0; i < here.size(); ++i) change[i] -= here[i];
    relative = (std::max)(relative, norm(change) / norm(here));
    slope = (std::max)(slope, norm(change) / (steps * rate * norm(here)));
  }
  figures.add("gradient's change along a step", epoch, relative);
  figures.add("gradient's change by way", epoch, slope);
  figures.add("sharpness along a step", epoch, sharpest);
}

/// Variance of the gradient of a batch over the squared norm of the whole gradient.
template <class Net>
double gradient_noise(const Model<Net>& model, const Data& data, std::uint64_t seed) {
  const auto found = gradient_variance(model, data.train, CrossEntropyLoss{}, {.batch_sizes = {batch}, .batches = 50, .seed = seed});
  return found.rows.front().variance / std::pow(norm(gradient(model, CrossEntropyLoss{}, data.train.x, data.train.y).parameters), 2);
}

/// What the network makes of the first sample of a batch, in training mode.
struct FirstOutput {
  std::vector<double> values{};
  void forward(const auto& node, auto, auto y) {
    if (!node.path.empty()) return;
    for (std::size_t j = 0; j < y.cols; ++j) values.push_back(static_cast<double>(y(0, j)));
  }
};

/// The spread of a sample's outputs over batches of random companions, and what predict makes of it there.
template <class Net>
void add_batch_noise(lab::Figures& figures, const Model<Net>& model, const Data& data, std::uint64_t seed) {
  constexpr std::size_t batches = 60, outputs = 10;
  double predicted = 0;
  const auto alone = predict(model, data.train.x);
  for (const int size : noise_sizes) {
    FirstOutput seen;
    for (std::size_t k = 0; k < batches; ++k) {
      const Random random(seed, Stream::shuffle, k);
      std::vector<std::size_t> rows{7};
      while (rows.size() < static_cast<std::size_t>(size)) rows.push_back(random.below(rows.size(), data.train.size()));
      const auto chosen = take_rows(data.train, rows);
      observe(model, CrossEntropyLoss{}, chosen.x, chosen.y, seen);
      const auto y = predict(model, chosen.x);
      for (std::size_t j = 0; j < outputs; ++j) predicted = (std::max)(predicted, std::abs(static_cast<double>(y(0, j) - alone(7, j))));
    }
    double variance = 0;
    for (std::size_t j = 0; j < outputs; ++j) {
      double sum = 0, squares = 0;
      for (std::size_t k = 0; k < batches; ++k) sum += seen.values[k * outputs + j];
      for (std::size_t k = 0; k < batches; ++k) squares += std::pow(seen.values[k * outputs + j] - sum / batches, 2);
      variance += squares / (batches - 1) / outputs;
    }
    figures.add("spread of one sample's outputs", size, std::sqrt(variance));
  }
  figures.add("the same in prediction mode, largest change", predicted);
}

/// BatchNorm with weight sqrt(variance + eps) and bias mean of its input undoes itself: the largest difference of the
/// outputs to the network without it, in double, in prediction mode and of the losses in training mode.
void add_expressiveness(lab::Figures& figures, const Data& data, std::uint64_t seed) {
  const Model<Plain<ReLU>, double> plain(init::he_normal(), seed);
  Model<Normalised<ReLU>, double> normalised(init::he_normal(), seed + 1);
  const xt::xtensor<double, 2> x = xt::cast<double>(data.watched.x);
  constexpr double eps = 1e-5;
  // The plain net's inputs of its activations: what they are where BatchNorm looks at them.
  struct Seen {
    std::vector<std::vector<double>> mean{}, variance{};
    void forward(const auto& node, auto z, auto) {
      if constexpr (std::is_same_v<typename std::remove_cvref_t<decltype(node)>::Layer, ReLU>) {
        auto& means = mean.emplace_back(z.cols, 0.0);
        auto& variances = variance.emplace_back(z.cols, 0.0);
        const double n = static_cast<double>(z.rows);
        for (std::size_t i = 0; i < z.rows; ++i)
          for (std::size_t j = 0; j < z.cols; ++j) means[j] += z(i, j) / n;
        for (std::size_t i = 0; i < z.rows; ++i)
          for (std::size_t j = 0; j < z.cols; ++j) variances[j] += std::pow(z(i, j) - means[j], 2) / n;
      }
    }
  } seen;
  const double loss = observe(plain, CrossEntropyLoss{}, x, data.watched.y, seen);

  const auto copy = [&](const std::string& from, const std::string& to) {
    for (const char* one : {".weight", ".bias"}) parameter(normalised, to + one) = parameter(plain, from + one);
  };
  const auto undo = [&](const std::string& layer, std::size_t k) {
    for (std::size_t j = 0; j < seen.mean[k].size(); ++j) {
      parameter(normalised, layer + ".weight")(j, 0) = std::sqrt(seen.variance[k][j] + eps);
      parameter(normalised, layer + ".bias")(j, 0) = parameter(normalised, layer + ".running_mean")(j, 0) = seen.mean[k][j];
      parameter(normalised, layer + ".running_var")(j, 0) = seen.variance[k][j];
    }
  };
  copy("0", "0");
  undo("1", 0);
  for (std::size_t k = 0; k + 1 < hidden_layers; ++k) {
    copy("2." + std::to_string(2 * k), "3." + std::to_string(3 * k));
    undo("3." + std::to_string(3 * k + 1), k + 1);
  }
  copy("3", "4");
  const auto want = predict(plain, x), got = predict(normalised, x);
  figures.add("outputs apart", xt::amax(xt::abs(got - want))() / xt::amax(xt::abs(want))());
  figures.add("losses apart", std::abs(gradient(normalised, CrossEntropyLoss{}, x, data.watched.y).loss - loss));
}

/// All that is measured of one kind of network with one seed.
template <template <class> class Net>
lab::Figures measure_net(const Data& data, std::uint64_t seed) {
  lab::Figures figures;
  add_gradient_norms<Net<ReLU>>(figures, starts[0], init::he_normal(), data, seed);
  add_gradient_norms<Net<ReLU>>(figures, starts[1], init::normal(0, 0.1), data, seed);
  add_gradient_norms<Net<Sigmoid>>(figures, starts[2], init::xavier_normal(), data, seed);

  Model<Net<ReLU>> model(init::he_normal(), seed);
  figures.add("gradient noise at the start", gradient_noise(model, data, seed));
  InputStatistics before;
  std::vector<double> drifts(hidden_layers);
  for (int epoch = 0; epoch <= data.epochs; ++epoch) {
    if (epoch > 0)
      fit(model, data.train, CrossEntropyLoss{}, SGD{.lr = rate},
          {.batch_size = batch, .seed = seed + 1000 * static_cast<std::uint64_t>(epoch), .restore_best = false});
    InputStatistics now;
    observe(model, CrossEntropyLoss{}, data.watched.x, data.watched.y, now);
    for (std::size_t layer = 0; epoch > 0 && layer < hidden_layers; ++layer) drifts[layer] += drift(before, now, layer);
    before = std::move(now);
    if (std::count(looked_at.begin(), looked_at.end(), epoch) > 0) add_smoothness(figures, epoch, model, data);
  }
  for (std::size_t layer = 0; layer < hidden_layers; ++layer)
    figures.add("drift of the input", static_cast<double>(layer + 1), drifts[layer] / data.epochs);
  figures.add("gradient noise at the end", gradient_noise(model, data, seed));
  figures.add("training loss", evaluate(model, data.train, CrossEntropyLoss{}).loss);
  figures.add("test loss", evaluate(model, data.test, CrossEntropyLoss{}).loss);
  add_batch_noise(figures, model, data, seed);
  if constexpr (std::is_same_v<Net<ReLU>, Normalised<ReLU>>) add_expressiveness(figures, data, seed);

  for (const double lr : rates) {
    Model<Net<ReLU>> trained(init::he_normal(), seed);
    fit(trained, data.train, CrossEntropyLoss{}, SGD{.lr = lr},
        {.epochs = data.epochs, .batch_size = batch, .seed = seed, .restore_best = false});
    figures.add("test accuracy", lr, evaluate(trained, data.test, CrossEntropyLoss{}).accuracy);
  }
  return figures;
}

struct Batchnorm {
  static constexpr const char* name = "batchnorm";
  static constexpr const char* about =
      "Five effects that Batch Normalisation is said to have, measured on nets with and without it: the inputs of the "
      "layers drift less, gradients do not vanish, no function is lost, the loss is smoother (predictive gradients, small "
      "curvature, many rates that work), and the batch adds a noise that regularises.";

  static void measure(lab::Run& run) {
    const auto [train, test] = lab::digits(run, 1024, run.by_scale<std::size_t>(500, 5000));
    std::vector<std::size_t> first(watched_samples);
    std::iota(first.begin(), first.end(), std::size_t{0});
    const auto pooled = lab::pooled(train);
    const Data data{pooled, lab::pooled(test), take_rows(pooled, first), run.setting("epochs", run.by_scale(1, 16))};
    run.setting("networks", "196-32-32-32-32-32-32-10; with BN: Linear, BatchNorm1d, activation; without: Linear, activation");
    run.setting("activation, start", "ReLU, He; for the gradients by layer also N(0, 0.1^2), and sigmoid with Xavier");
    run.setting("training", lab::text("SGD, rate ", rate, ", batches of ", batch, ", cross-entropy, 14 x 14 pixels"));
    run.setting("compared on", lab::text(watched_samples, " training samples as one batch in training mode"));
    run.setting("seeds", run.seeds(5));
    run.left_out("larger networks and data sets, other optimizers, BatchNorm after the activation");

    struct Configuration {
      std::string name;
      lab::Figures (*run)(const Data&, std::uint64_t);
    };
    const std::vector<Configuration> nets{{"plain", measure_net<Plain>}, {"BN", measure_net<Normalised>}};
    std::vector<std::string> figures{"gradient noise at the start", "gradient noise at the end", "training loss", "test loss",
                                     "outputs apart", "losses apart", "the same in prediction mode, largest change"};
    for (const auto& start : starts) figures = lab::all(figures, lab::along("gradient, " + start, weights));
    for (const char* curve : {"gradient's change along a step", "gradient's change by way", "sharpness along a step"})
      figures = lab::all(figures, lab::along(curve, looked_at));
    run.experiments(nets,
                    lab::all(figures, lab::along("drift of the input", hidden), lab::along("test accuracy", rates),
                             lab::along("spread of one sample's outputs", noise_sizes)),
                    [&](const Configuration& one, std::uint64_t seed) { return one.run(data, seed); });
  }

  static std::vector<lab::Verdict> judge(const lab::Results& results) {
    std::vector<lab::Verdict> verdicts;
    const auto add = [&](const std::string& claim, bool holds, const std::string& evidence) {
      verdicts.push_back({claim, holds, evidence});
    };
    const auto compared = [](double plain, double bn) {
      return lab::text("plain ", lab::number(plain, 3), ", BN ", lab::number(bn, 3));
    };
    const auto mean_of = [&](const std::string& net, const std::string& curve) {
      double sum = 0;
      const auto points = results.curve(net, curve);
      for (const auto& point : points) sum += point.median;
      return sum / static_cast<double>(points.size());
    };
    const auto median_smaller = [&](const std::string& claim, const std::string& figure) {
      const double plain = results.median("plain", figure), bn = results.median("BN", figure);
      add(claim, bn < plain, compared(plain, bn));
    };
    const auto curve_smaller = [&](const std::string& claim, const std::string& curve) {
      const double plain = mean_of("plain", curve), bn = mean_of("BN", curve);
      add(claim, bn < plain, "mean of the medians: " + compared(plain, bn));
    };

    curve_smaller("1 the inputs of the layers drift less in training", "drift of the input");

    for (const auto& start : starts) {
      const auto decades = [&](const std::string& net) {  // first layer against the last hidden one
        return std::log10(results.median(net, "gradient, " + start + "@1") / results.median(net, "gradient, " + start + "@6"));
      };
      add("2 gradients keep their size through the layers at the start (" + start + ")",
          std::abs(decades("BN")) < std::abs(decades("plain")),
          "log10 of |dL/dW1| / |dL/dW6|: " + compared(decades("plain"), decades("BN")) + "; |dL/dW1|: " +
              compared(results.median("plain", "gradient, " + start + "@1"), results.median("BN", "gradient, " + start + "@1")));
    }

    const double apart = results.median("BN", "outputs apart"), losses = results.median("BN", "losses apart");
    add("3 nothing is lost: with weight sqrt(variance + eps) and bias mean the net is the plain one, to rounding",
        apart < 1e-12 && losses < 1e-12,
        lab::text("outputs apart by ", apart, " of the largest, losses in training mode by ", losses));

    curve_smaller("4 the gradient changes less along a step, relative to itself", "gradient's change along a step");
    curve_smaller("4 the gradient changes less by way (the effective Lipschitz constant of the gradient)", "gradient's change by way");
    curve_smaller("4 the largest Hessian eigenvalue along a step is smaller", "sharpness along a step");
    median_smaller("4 the variance of a batch's gradient over the squared gradient is smaller, at the start", "gradient noise at the start");
    median_smaller("4 the same at the end of training", "gradient noise at the end");
    const auto accuracy = [&](const std::string& net) { return results.curve(net, "test accuracy"); };
    double best = 0;
    for (const std::string net : {"plain", "BN"})
      for (const auto& point : accuracy(net)) best = (std::max)(best, point.median);
    const auto good = [&](const std::string& net) {
      const auto points = accuracy(net);
      return std::count_if(points.begin(), points.end(), [&](const auto& p) { return p.median >= best - 0.05; });
    };
    add("4 more learning rates from 1e-4 to 1 train well (to 5 points of the best)", good("BN") > good("plain"),
        lab::text("of ", accuracy("BN").size(), " rates plain ", good("plain"), ", BN ", good("BN"), "; best accuracy ",
                  lab::percent(best)));

    const auto spread = [&](const std::string& net) { return results.curve(net, "spread of one sample's outputs"); };
    const auto bn = spread("BN"), plain = spread("plain");
    const std::string mode = "the same in prediction mode, largest change";
    const double predicted = (std::max)(results.median("BN", mode), results.median("plain", mode));
    // Rounding moves the plain net's outputs, too.
    add("5 in training, and only there, a sample's output depends on its batch, less in a large one",
        bn.back().median > 100 * plain.back().median && bn.back().median < bn.front().median && predicted < 1e-3 * bn.back().median,
        lab::text("spread in batches of ", bn.front().at, ": ", compared(plain.front().median, bn.front().median), "; of ",
                  bn.back().at, ": ", compared(plain.back().median, bn.back().median), "; in prediction mode at most ",
                  lab::number(predicted, 2)));
    const auto gap = [&](const std::string& net) { return results.median(net, "test loss") - results.median(net, "training loss"); };
    add("5 that noise regularises: test loss minus training loss is smaller", gap("BN") < gap("plain"),
        compared(gap("plain"), gap("BN")) + "; training loss " +
            compared(results.median("plain", "training loss"), results.median("BN", "training loss")));
    return verdicts;
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    const auto both = [&](const lab::Axes& axes, const std::string& curve) {
      lab::Figure figure(axes);
      for (const std::string net : {"plain", "BN"}) figure.line(net, results.curve(net, curve));
      return figure;
    };
    lab::Figure gradients({.title = "2 Gradients at the start", .x = "layer", .y = "|dL/dW|", .log_y = true});
    for (const auto& start : {starts[0], starts[2]})
      for (const std::string net : {"plain", "BN"}) gradients.line(net + ", " + start, results.curve(net, "gradient, " + start));
    to.save("batchnorm",
            {both({.title = "1 Drift of a layer's input", .x = "hidden layer", .y = "drift per epoch / spread", .log_y = true}, "drift of the input"),
             gradients,
             both({.title = "4 Gradient's change along a step", .x = "epoch", .y = "relative change", .log_y = true}, "gradient's change along a step"),
             both({.title = "4 Largest Hessian eigenvalue", .x = "epoch", .y = "eigenvalue", .log_y = true}, "sharpness along a step"),
             both({.title = "4 Accuracy after training", .x = "learning rate", .y = "test accuracy", .log_x = true}, "test accuracy"),
             both({.title = "5 Spread of one sample's outputs", .x = "batch size", .y = "standard deviation", .log_x = true},
                  "spread of one sample's outputs")},
            {.columns = 2});
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Batchnorm>(argc, argv); }
