// SPDX-License-Identifier: MIT
// What batchnorm measures of a network, effect by effect.
#pragma once

#include "../support/digits.hpp"
#include "../support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace batchnorm {

using namespace evomlp;

template <class Activation>
using Plain = Sequential<Linear<196, 32>, Activation, Repeat<5, Linear<32, 32>, Activation>, Linear<32, 10>>;
template <class Activation>
using Normalised = Sequential<Linear<196, 32>, BatchNorm1d<32>, Activation,
                              Repeat<5, Linear<32, 32>, BatchNorm1d<32>, Activation>, Linear<32, 10>>;
inline constexpr std::size_t hidden_layers = 6;

inline const std::vector<double> rates{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1};
inline const std::vector<int> looked_at{0, 1, 2, 4, 8, 16}, noise_sizes{4, 16, 64, 256};  // epochs done, batch sizes
inline const std::vector<int> weights{1, 2, 3, 4, 5, 6, 7}, hidden{1, 2, 3, 4, 5, 6};
inline const std::vector<std::string> starts{"ReLU, He", "ReLU, N(0, 0.1^2)", "sigmoid, Xavier"};
inline constexpr double rate = 0.1;
inline constexpr int batch = 64, watched_samples = 256;

struct Data {
  lab::Images train, test, watched;  // watched: the batch on which the nets are compared
  int epochs;
};

inline double norm(std::span<const float> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

/// Mean and variance of each unit before each activation, and after it, where it is the input of the next layer.
struct Statistics {
  struct Layer {
    std::vector<double> mean{}, variance{};
  };
  std::vector<Layer> before{}, after{};

  void forward(const auto& node, auto x, auto y) {
    if constexpr (std::is_same_v<typename std::remove_cvref_t<decltype(node)>::Layer, ReLU>) {
      before.push_back(of(x));
      after.push_back(of(y));
    }
  }
  static Layer of(auto m) {
    const double n = static_cast<double>(m.rows);
    Layer layer{std::vector<double>(m.cols), std::vector<double>(m.cols)};
    for (std::size_t i = 0; i < m.rows; ++i)
      for (std::size_t j = 0; j < m.cols; ++j) layer.mean[j] += static_cast<double>(m(i, j)) / n;
    for (std::size_t i = 0; i < m.rows; ++i)
      for (std::size_t j = 0; j < m.cols; ++j)
        layer.variance[j] += std::pow(static_cast<double>(m(i, j)) - layer.mean[j], 2) / n;
    return layer;
  }
};

/// How far a layer's input has moved: the distance (Wasserstein's, of normal distributions) over the spread before.
inline double drift(const Statistics::Layer& before, const Statistics::Layer& now) {
  double moved = 0, spread = 0;
  for (std::size_t j = 0; j < before.mean.size(); ++j) {
    moved += std::pow(now.mean[j] - before.mean[j], 2) +
             std::pow(std::sqrt(now.variance[j]) - std::sqrt(before.variance[j]), 2);
    spread += before.variance[j];
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
/// itself and to the way (of a half, one, two and four steps the largest), and the largest Hessian eigenvalue, left out
/// unless it converged at each of its three places.
template <class Net>
void add_smoothness(lab::Figures& figures, int epoch, const Model<Net>& model, const Data& data) {
  const auto here = gradient(model, CrossEntropyLoss{}, data.watched.x, data.watched.y).parameters;
  double relative = 0, slope = 0, sharpest = -std::numeric_limits<double>::infinity(), residual = 0;
  bool converged = true;
  for (const double steps : {0.0, 0.5, 1.0, 2.0, 4.0}) {
    Model<Net> there = model;
    for (std::size_t i = 0; i < here.size(); ++i) there.parameters()[i] -= static_cast<float>(steps * rate) * here[i];
    if (steps <= 1) {
      const Sharpness found =
          sharpness(there, CrossEntropyLoss{}, data.watched.x, data.watched.y, {.iterations = 300, .tolerance = 0.05});
      sharpest = (std::max)(sharpest, found.value);
      residual = (std::max)(residual, found.residual);
      converged = converged && found.converged;
    }
    if (steps == 0) continue;
    auto change = gradient(there, CrossEntropyLoss{}, data.watched.x, data.watched.y).parameters;
    for (std::size_t i = 0; i < here.size(); ++i) change[i] -= here[i];
    relative = (std::max)(relative, norm(change) / norm(here));
    slope = (std::max)(slope, norm(change) / (steps * rate * norm(here)));
  }
  figures.add("gradient's change along a step", epoch, relative);
  figures.add("gradient's change by way", epoch, slope);
  if (converged) figures.add("sharpness along a step", epoch, sharpest);
  figures.add("sharpness residual", epoch, residual);
}

/// Variance of the gradient of a batch, and the squared norm of the whole gradient.
template <class Net>
void add_gradient_noise(lab::Figures& figures, const std::string& when, const Model<Net>& model, const Data& data,
                        std::uint64_t seed) {
  const auto found =
      gradient_variance(model, data.train, CrossEntropyLoss{}, {.batch_sizes = {batch}, .batches = 50, .seed = seed});
  figures.add("gradient variance " + when, found.rows.front().variance);
  const auto whole = gradient(model, CrossEntropyLoss{}, data.train.x, data.train.y);
  figures.add("squared gradient " + when, std::pow(norm(whole.parameters), 2));
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
      for (std::size_t j = 0; j < outputs; ++j)
        predicted = (std::max)(predicted, std::abs(static_cast<double>(y(0, j) - alone(7, j))));
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
inline void add_expressiveness(lab::Figures& figures, const Data& data, std::uint64_t seed) {
  const Model<Plain<ReLU>, double> plain(init::he_normal(), seed);
  Model<Normalised<ReLU>, double> normalised(init::he_normal(), seed + 1);
  const xt::xtensor<double, 2> x = xt::cast<double>(data.watched.x);
  constexpr double eps = 1e-5;
  Statistics seen;
  const double loss = observe(plain, CrossEntropyLoss{}, x, data.watched.y, seen);

  const auto copy = [&](const std::string& from, const std::string& to) {
    for (const char* one : {".weight", ".bias"}) parameter(normalised, to + one) = parameter(plain, from + one);
  };
  const auto undo = [&](const std::string& layer, std::size_t k) {
    const auto& [mean, variance] = seen.before[k];
    for (std::size_t j = 0; j < mean.size(); ++j) {
      parameter(normalised, layer + ".weight")(j, 0) = std::sqrt(variance[j] + eps);
      parameter(normalised, layer + ".bias")(j, 0) = parameter(normalised, layer + ".running_mean")(j, 0) = mean[j];
      parameter(normalised, layer + ".running_var")(j, 0) = variance[j];
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
  add_gradient_noise(figures, "at the start", model, data, seed);
  Statistics before;
  std::vector<double> drifts(hidden_layers);
  for (int epoch = 0; epoch <= data.epochs; ++epoch) {
    if (epoch > 0)
      fit(model, data.train, CrossEntropyLoss{}, SGD{.lr = rate},
          {.batch_size = batch, .seed = seed + 1000 * static_cast<std::uint64_t>(epoch), .restore_best = false});
    Statistics now;
    observe(model, CrossEntropyLoss{}, data.watched.x, data.watched.y, now);
    for (std::size_t layer = 0; epoch > 0 && layer < hidden_layers; ++layer)
      drifts[layer] += drift(before.after[layer], now.after[layer]);
    before = std::move(now);
    if (std::count(looked_at.begin(), looked_at.end(), epoch) > 0) add_smoothness(figures, epoch, model, data);
  }
  for (std::size_t layer = 0; layer < hidden_layers; ++layer)
    figures.add("drift of the input", static_cast<double>(layer + 1), drifts[layer] / data.epochs);
  add_gradient_noise(figures, "at the end", model, data, seed);
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

}  // namespace batchnorm
