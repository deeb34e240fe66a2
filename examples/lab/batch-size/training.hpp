// SPDX-License-Identifier: MIT
// The trainings of batch-size: at every rate for an equal number of epochs or steps, or to an equal training loss.
#pragma once

#include "../support/digits.hpp"
#include "../support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace batch_size {

using namespace evomlp;

inline constexpr std::size_t train_samples = 1024, validation_samples = 976;
inline const std::vector<int> sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
// The scaled rate of the i-th size is rates[i], the fixed one that of batches of 16; tuned is the best of all.
inline const std::vector<double> rates{0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4};
inline constexpr std::size_t base = 4;
inline const std::vector<std::string> rules{"fixed", "scaled", "tuned"}, budgets{"equal epochs", "equal steps"};
inline const std::string to_low_loss = "equal training loss";

/// Counts fit's steps, and stops it after so many.
struct StopAfter {
  int steps;
  int* taken;
  void on_step(const StepReport& report) {
    if (++*taken == steps) report.fit.stop();
  }
};

struct Data {
  lab::Images train, validation, test;
  int epochs, steps;
  double low_loss;
  int sharpness_samples;
};

using Net = Sequential<Linear<196, 32>, ReLU, Linear<32, 10>>;

inline void look_at(lab::Figures& figures, const std::string& rule, double rate, const Model<Net>& model,
                    const Data& data) {
  figures.add("rate, " + rule, rate);
  figures.add("test error, " + rule, 1 - evaluate(model, data.test, CrossEntropyLoss{}).accuracy);
  const double loss = evaluate(model, data.train, CrossEntropyLoss{}).loss;
  if (!(loss < 10)) return;  // diverged: there is no minimum to look at
  figures.add("training loss, " + rule, loss);
  const lab::Images some = lab::part(data.train, 0, static_cast<std::size_t>(data.sharpness_samples));
  const SharpnessOptions options{.iterations = 300, .tolerance = 0.05};
  const Sharpness found = sharpness(model, CrossEntropyLoss{}, some.x, some.y, options);
  if (found.converged) figures.add("sharpness, " + rule, found.value);
  figures.add("sharpness residual, " + rule, found.residual);
}

/// Trains at every rate, chooses one for each rule (tuned: by the validation error), and looks at those.
inline lab::Figures train_at_rates(const Data& data, const std::string& budget, std::size_t size_index,
                                   std::uint64_t seed) {
  const int size = sizes[size_index], samples = static_cast<int>(train_samples);
  const int steps = budget == "equal steps" ? data.steps : data.epochs * samples / size;
  lab::Figures figures;
  std::vector<Model<Net>> models;
  std::vector<double> errors;
  for (const double rate : rates) {
    Model<Net>& model = models.emplace_back(init::he_normal(), seed);
    int taken = 0;
    fit(model, data.train, CrossEntropyLoss{}, SGD{.lr = rate},
        {.epochs = (steps * size + samples - 1) / samples, .batch_size = size, .seed = seed, .restore_best = false},
        StopAfter{steps, &taken});
    errors.push_back(1 - evaluate(model, data.validation, CrossEntropyLoss{}).accuracy);
    figures.add("validation error", rate, errors.back());
  }
  const auto tuned = static_cast<std::size_t>(std::min_element(errors.begin(), errors.end()) - errors.begin());
  const std::array<std::size_t, 3> chosen{base, size_index, tuned};
  for (std::size_t r = 0; r < rules.size(); ++r) look_at(figures, rules[r], rates[chosen[r]], models[chosen[r]], data);
  return figures;
}

struct StopWhenLow {
  const Data& data;
  void on_epoch(const EpochReport& report, const Model<Net>& model, const auto&) const {
    if (evaluate(model, data.train, CrossEntropyLoss{}).loss <= data.low_loss) report.fit.stop();
  }
};

/// Trains at the fixed rate until the training loss is low, so that minima of one depth are compared; no figures if it
/// never is.
inline lab::Figures train_to_low_loss(const Data& data, int size, std::uint64_t seed) {
  Model<Net> model(init::he_normal(), seed);
  fit(model, data.train, CrossEntropyLoss{}, SGD{.lr = rates[base]},
      {.epochs = data.epochs * (2 + data.epochs * size / 160), .batch_size = size, .seed = seed, .restore_best = false},
      StopWhenLow{data});
  lab::Figures figures;
  if (evaluate(model, data.train, CrossEntropyLoss{}).loss <= data.low_loss)
    look_at(figures, "fixed", rates[base], model, data);
  return figures;
}

}  // namespace batch_size
