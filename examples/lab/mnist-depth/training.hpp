// SPDX-License-Identifier: MIT
// One run of mnist-depth: its data, its configuration, its figures.
#pragma once

#include "../support/digits.hpp"
#include "../support/lab.hpp"
#include "pace.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mnist_depth {

using namespace evomlp;

inline constexpr int batch = 64;
inline constexpr int most_layers = 49;                                            ///< Linears of the residual net
inline const std::vector<std::uint64_t> looks{0, 1, 2, 5, 10, 20, 50, 100, 199};  ///< steps at which DepthProbe looks

struct Data {
  lab::Images train, validation, test;
  lab::Images start;  // for the run of 200 steps
  lab::Images few;    // of the training images, for the accuracy on them
};

inline Data load(lab::Run& run) {
  const bool is_smoke = run.scale() == lab::Scale::smoke;
  if (!is_smoke && !std::filesystem::exists(run.data() / "train-images-idx3-ubyte"))
    throw Error("no MNIST in " + run.data().string() + ": get it with scripts/fetch-mnist " + run.data().string());
  lab::Images all, test;
  if (is_smoke) {
    all = lab::made_up_digits(400);
    test = lab::made_up_digits(100, 1, 400);
  } else {
    all = lab::mnist(run.data(), "train");
    test = lab::mnist(run.data(), "t10k");
  }
  auto split = train_test_split(all, {.test_size = 0.1, .seed = 1});
  const auto first = [&](std::size_t count) {
    std::vector<std::size_t> rows((std::min)(count, split.train.size()));
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return take_rows(split.train, rows);
  };
  Data data{.train = {},
            .validation = std::move(split.test),
            .test = std::move(test),
            .start = first(200 * batch),
            .few = {}};
  data.few = first(data.validation.size());
  data.train = std::move(split.train);
  run.setting("data", is_smoke ? "made-up digits" : "MNIST, (pixel / 255 - 0.1307) / 0.3081");
  run.setting("images", lab::text(data.train.size(), " to train on, ", data.validation.size(), " to validate, ",
                                  data.test.size(), " to test; one permutation for all runs"));
  return data;
}

/// A callback: the accuracy on some of the training images after each epoch, in prediction mode.
struct TrainingAccuracy {
  const lab::Images& images;
  std::vector<double> values{};

  void on_epoch(const EpochReport&, const auto& model, const auto&) {
    values.push_back(evaluate(model, images, CrossEntropyLoss{}).accuracy);
  }
  void remember(auto& memory) { memory("values", values); }
};

struct Shared {
  const Data& data;
  std::filesystem::path checkpoints;
  Pace& pace;
};

struct Configuration {
  std::string name;
  std::size_t layers, modules, parameters;
  lab::Figures (*train)(const Configuration&, const Shared&, std::uint64_t seed);
  const lab::Images* images;
  int epochs;
  double lr = 1e-3;
  bool normal_start = false, plateau = false, sgd = false;

  double work() const { return static_cast<double>(parameters) * static_cast<double>(images->size()); }  // of an epoch
  std::uint64_t last_step() const {
    const auto steps = (images->size() + batch - 1) / batch;
    return static_cast<std::uint64_t>(epochs) * steps - 1;
  }
};

/// "41-layers-BN": letters and digits, and one dash for all else.
inline std::string file_name(const std::string& name) {
  std::string file;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) file += c;
    else if (!file.ends_with('-')) file += '-';
  }
  return file;
}

/// Of the whole course: per epoch, and the best and the last.
inline void add_course(lab::Figures& figures, const History& history, double lr) {
  const auto& [loss, accuracy] = std::tie(history.loss, history.accuracy);
  figures.add("best", accuracy[static_cast<std::size_t>(history.best_epoch())]);
  figures.add("best_epoch", history.best_epoch() + 1).add("last", accuracy.back());
  figures.add("loss_min", *std::min_element(loss.begin(), loss.end())).add("loss_last", loss.back());
  double jump = 0;
  for (std::size_t e = 5; e < accuracy.size(); ++e) jump = (std::max)(jump, std::abs(accuracy[e] - accuracy[e - 1]));
  figures.add("jump", jump);
  const auto reduced = std::find_if(history.lr.begin(), history.lr.end(), [&](double now) { return now < 0.5 * lr; });
  if (reduced != history.lr.end()) {
    const auto epoch = reduced - history.lr.begin();
    figures.add("reduced_after", static_cast<double>(epoch));
    figures.add("at_reduction", accuracy[static_cast<std::size_t>(epoch) - 1]);
  }
  for (std::size_t e = 0; e < loss.size(); ++e) {
    const double epoch = static_cast<double>(e + 1);
    figures.add("loss", epoch, loss[e]).add("val", epoch, accuracy[e]).add("lr", epoch, history.lr[e]);
  }
}

/// Of the Linear layers, at the start, after 20 steps and at the end; and how much the outputs differ over the batch.
inline void add_depth(lab::Figures& figures, const DepthReport& report, std::uint64_t last_step) {
  for (const DepthSnapshot& at : report.snapshots) {
    const double step = static_cast<double>(at.step);
    const LayerFigures* last = nullptr;
    double layer = 0;
    for (const LayerFigures& one : at.layers) {
      if (one.weight_gradient != one.weight_gradient) continue;  // has no weight matrix
      last = &one;
      ++layer;
      for (const auto& [when, is_then] :
           {std::pair{"start", at.step == 0}, {"20", at.step == 20}, {"end", at.step == last_step}}) {
        if (!is_then) continue;
        figures.add(lab::text("dW_", when), layer, one.weight_gradient);
        figures.add(lab::text("d_", when), layer, one.output_gradient);
        figures.add(lab::text("spread_", when), layer, one.spread);
      }
    }
    if (std::find(looks.begin(), looks.end(), at.step) != looks.end())
      figures.add("output_sd", step, last->spread * std::hypot(last->mean, last->stddev));
  }
}

/// One run. Killed and made again, it goes on from its checkpoint, which holds what the callbacks have seen too.
template <class Net>
lab::Figures train(const Configuration& one, const Shared& shared, std::uint64_t seed) {
  const Data& data = shared.data;
  auto model = one.normal_start ? Model<Net>(init::normal(0, 1), seed) : Model<Net>(init::he_normal(), seed);
  // One type of rule for both, and so one instance of fit for each net: SGD from the first step, or never.
  const auto never = std::numeric_limits<std::uint64_t>::max();
  const auto rule = switch_after(one.sgd ? 0 : never, Adam{.lr = one.lr}, SGD{.lr = one.lr});
  const auto checkpoint = shared.checkpoints / lab::text(file_name(one.name), "-", seed, ".ckpt");
  TrainingAccuracy on_training{data.few};
  DepthProbe depth{.every_epochs = 0, .steps = looks};
  depth.steps.push_back(one.last_step());
  const History history =
      fit(model, *one.images, CrossEntropyLoss{}, rule,
          {.epochs = one.epochs,
           .batch_size = batch,
           .validation = &data.validation,
           .seed = seed,
           .monitor = Monitor::validation_accuracy,
           .resume = std::filesystem::exists(checkpoint) ? checkpoint : std::filesystem::path()},
          ReduceLROnPlateau{.factor = 0.1, .patience = one.plateau ? 3 : std::numeric_limits<int>::max()}, on_training,
          depth, EpochLine{lab::text(one.name, ", seed ", seed), one.work(), shared.pace},
          Checkpoint{.path = checkpoint});
  if (history.stop_reason() != StopReason::all_epochs_done) throw Error(history.stop_message());

  lab::Figures figures;
  figures.add("layers", static_cast<double>(one.layers)).add("modules", static_cast<double>(one.modules));
  figures.add("parameters", static_cast<double>(one.parameters));
  figures.add("test", evaluate(model, data.test, CrossEntropyLoss{}).accuracy);
  add_course(figures, history, one.lr);
  for (std::size_t e = 0; e < on_training.values.size(); ++e)
    figures.add("train", static_cast<double>(e + 1), on_training.values[e]);
  add_depth(figures, depth.report, one.last_step());
  std::filesystem::remove(checkpoint);  // from here on its line in the CSV stands for it
  return figures;
}

/// The names of all of them, for up to so many epochs.
inline std::vector<std::string> figure_names(int epochs) {
  const auto from_1 = [](int count) {
    std::vector<int> numbers;
    for (int i = 1; i <= count; ++i) numbers.push_back(i);
    return numbers;
  };
  std::vector<std::string> names{"best", "best_epoch",    "last",         "test",   "loss_min", "loss_last",
                                 "jump", "reduced_after", "at_reduction", "layers", "modules",  "parameters"};
  for (const char* curve : {"loss", "train", "val", "lr"}) names = lab::all(names, lab::along(curve, from_1(epochs)));
  names = lab::all(names, lab::along("output_sd", looks));
  for (const std::string when : {"start", "20", "end"})
    for (const std::string figure : {"dW_", "d_", "spread_"})
      names = lab::all(names, lab::along(figure + when, from_1(most_layers)));
  return names;
}

template <class Net>
Configuration net(const std::string& name, const lab::Images& images, int epochs) {
  return {name, Net::num_layers, Net::num_modules, Net::num_parameters, &train<Net>, &images, epochs};
}

}  // namespace mnist_depth
