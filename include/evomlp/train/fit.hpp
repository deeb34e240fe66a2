// SPDX-License-Identifier: MIT
// fit: epochs of train_step over shuffled batches, validation, and the best weights back at the end.
#pragma once

#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/train/callback.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/history.hpp"
#include "evomlp/train/progress_bar.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

/// Which figure decides what the best weights are.
enum class Monitor {
  validation_loss,      ///< the smallest; without `.validation` nothing is watched
  validation_accuracy,  ///< the largest
  training_loss,        ///< the smallest; must be asked for, since it says nothing of unseen data
};

struct FitOptions {
  int epochs = 1;
  int batch_size = 32;
  SourceRef validation{};    ///< evaluated after every epoch: `.validation = &validation`
  std::uint64_t seed = 0;    ///< of the shuffles and the dropout masks
  bool shuffle = true;       ///< a new order in every epoch
  bool drop_last = false;    ///< leave out a last batch shorter than batch_size
  bool restore_best = true;  ///< end with the weights of the best epoch by `.monitor`
  Monitor monitor = Monitor::validation_loss;
  bool progress = false;  ///< shorthand for the callback ProgressBar{}
};

namespace detail {

/// Steps in an epoch and the size of its last batch; a TrainingError for settings that can't work, before any step.
template <class Net>
std::size_t checked_steps(const FitOptions& options, std::size_t samples) {
  if (options.epochs < 0)
    throw TrainingError("fit: epochs is " + std::to_string(options.epochs) + ", expected at least 0");
  if (options.batch_size < 1)
    throw TrainingError("fit: batch_size is " + std::to_string(options.batch_size) + ", expected at least 1");
  const std::size_t batch = static_cast<std::size_t>(options.batch_size), whole = samples / batch,
                    left = samples % batch;
  const std::size_t steps = whole + (left != 0 && !options.drop_last ? 1 : 0);
  if (steps == 0)
    throw TrainingError("fit: " + std::to_string(samples) + " samples make no batch of " + std::to_string(batch) +
                        ", and drop_last leaves out the shorter one");
  const std::size_t shortest = left != 0 && !options.drop_last ? left : batch;
  if (shortest < counts_of<Net>.min_batch)
    throw TrainingError("fit: " + std::to_string(samples) + " samples in batches of " + std::to_string(batch) +
                        " end with a batch of " + std::to_string(shortest) + ", but BatchNorm1d needs at least " +
                        std::to_string(counts_of<Net>.min_batch) +
                        " samples in training; set .drop_last = true, another .batch_size, or leave out a sample");
  return steps;
}

/// The best weights so far by the watched figure. A NaN or an infinity is never better.
template <class M>
class Best {
 public:
  explicit Best(Monitor monitor) : larger_(monitor == Monitor::validation_accuracy) {}

  void offer(const M& model, std::optional<double> figure, int epoch) {
    if (!figure || !portable::is_finite(*figure)) return;
    if (model_ && !(larger_ ? *figure > figure_ : *figure < figure_)) return;
    model_ = model;
    figure_ = *figure;
    epoch_ = epoch;
  }
  const std::optional<M>& model() const { return model_; }
  int epoch() const { return epoch_; }

 private:
  bool larger_;
  std::optional<M> model_;
  double figure_ = 0;
  int epoch_ = -1;
};

/// Hands a report to every callback that wants one of its kind.
template <class Report>
void tell(const Report& report, auto&... callbacks) {
  [[maybe_unused]] const auto one = [&](auto& callback) {
    if constexpr (std::is_same_v<Report, StepReport>) {
      if constexpr (requires { callback.on_step(report); }) callback.on_step(report);
    } else {
      if constexpr (requires { callback.on_epoch(report); }) callback.on_epoch(report);
    }
  };
  (one(callbacks), ...);
}

/// One run of fit. Checks everything when made, before anything is changed.
template <class Isa, class Net, class T, class S, class L, class C>
class Fit {
  using M = Model<Net, T>;
  using Validation = SourceRef::Typed<T, typename S::target_type>;
  static constexpr const char* validation_name = "fit: the validation data";

 public:
  Fit(M& model, const S& source, const L& loss, C chain, const FitOptions& options)
      : model_(model),
        source_(source),
        loss_(loss),
        options_(options),
        steps_(checked(source, options)),
        batch_((std::min)(static_cast<std::size_t>(options.batch_size), source.size())),
        validation_(checked_validation(options)),
        state_(model, std::move(chain), {.max_batch = static_cast<int>(batch_), .seed = options.seed}),
        batches_(batch_),
        order_(source.size()),
        before_(model),
        best_(options.monitor) {}

  History run(auto&... callbacks) {
    try {
      for (int epoch = 0; epoch < options_.epochs; ++epoch) {
        const auto begin = std::chrono::steady_clock::now();
        before_ = model_;
        EpochReport report{.epoch = epoch, .epochs = options_.epochs};
        if (!train(report, callbacks...) || !all_finite(model_)) {
          give_up(report);
          break;
        }
        validate(report);
        report.lr = state_.chain().rule().lr;
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        record(report);
        best_.offer(model_, watched(report), epoch);
        tell(report, callbacks...);
      }
    } catch (...) {  // a callback's exception passes on, with the best weights back
      restore_best();
      throw;
    }
    restore_best();
    return std::move(history_);
  }

 private:
  static std::size_t checked(const S& source, const FitOptions& options) {
    require_fits<Net::in_features, Net::out_features, takes_labels<L>()>(source, "fit: the training data");
    return checked_steps<Net>(options, source.size());
  }

  static std::optional<Validation> checked_validation(const FitOptions& options) {
    std::optional<Validation> validation;
    if (options.validation) {
      validation.emplace(options.validation, validation_name);
      require_fits<Net::in_features, Net::out_features, takes_labels<L>()>(*validation, validation_name);
    }
    if (options.monitor == Monitor::validation_accuracy && !(has_accuracy<L> && validation))
      throw TrainingError(std::string("fit: monitor is validation_accuracy, but ") +
                          (validation ? "this loss has no accuracy" : "there is no validation data"));
    return validation;
  }

  /// The steps of one epoch; false when a loss wasn't finite.
  bool train(EpochReport& report, auto&... callbacks) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (options_.shuffle)
      shuffle(order_, Random(options_.seed, Stream::shuffle, static_cast<std::uint64_t>(report.epoch)));
    state_.reset_clip_counts();
    double sum = 0;
    for (std::size_t step = 0; step < steps_; ++step) {
      const std::size_t first = step * batch_, rows = (std::min)(batch_, order_.size() - first);
      batches_.gather(source_, std::span<const std::size_t>(order_).subspan(first, rows), "fit");
      const double value =
          step_on<Isa>(model_, state_, loss_, batches_.x(), rows, batches_.template targets<Isa>(rows));
      if (!portable::is_finite(value)) {
        report.loss = value;
        return false;
      }
      sum += value * static_cast<double>(rows);
      report.samples += rows;
      tell(StepReport{report.epoch, report.epochs, step, steps_, value}, callbacks...);
    }
    report.loss = sum / static_cast<double>(report.samples);
    return true;
  }

  /// A loss or a parameter isn't finite: back to the weights from before the epoch (`run` prefers the best ones).
  void give_up(const EpochReport& report) {
    model_ = before_;
    history_.stop_reason_ = StopReason::not_finite;
    if (report.epoch == 0 && report.samples == 0)
      throw TrainingError("fit: the loss of the first step is " + std::to_string(report.loss) +
                          ", expected a finite number: the start or the data is too large; the model is unchanged");
  }

  static bool all_finite(const M& model) {
    const auto finite = [](T value) { return portable::is_finite(value); };
    return std::all_of(model.parameters().begin(), model.parameters().end(), finite) &&
           std::all_of(model.buffers().begin(), model.buffers().end(), finite);
  }

  void restore_best() {
    if (!options_.restore_best || !best_.model()) return;
    model_ = *best_.model();
    history_.best_epoch_ = best_.epoch();
  }

  void validate(EpochReport& report) const {
    if (!validation_) return;
    const auto result = evaluate_on<Isa>(model_, *validation_, loss_, validation_name);
    report.validation_loss = result.loss;
    if constexpr (has_accuracy<L>) report.accuracy = result.accuracy;
  }

  std::optional<double> watched(const EpochReport& report) const {
    switch (options_.monitor) {
      case Monitor::validation_loss:
        return report.validation_loss;
      case Monitor::validation_accuracy:
        if constexpr (has_accuracy<L>) return report.accuracy;
        break;
      case Monitor::training_loss:
        return report.loss;
    }
    return std::nullopt;
  }

  void record(const EpochReport& report) {
    history_.loss.push_back(report.loss);
    if (report.validation_loss) history_.validation_loss.push_back(*report.validation_loss);
    if (report.accuracy) history_.accuracy.push_back(*report.accuracy);
    history_.lr.push_back(report.lr);
    history_.seconds.push_back(report.seconds);
    if constexpr (C::is_counted) {
      history_.clipped_share.push_back(state_.clip_count().share());
      auto& layers = history_.layer_clipped_share.emplace_back();
      for (const ClipCount& layer : state_.clip_counts()) layers.push_back(layer.share());
    }
  }

  M& model_;
  const S& source_;
  const L& loss_;
  const FitOptions& options_;
  std::size_t steps_, batch_;
  std::optional<Validation> validation_;
  State<Net, T, C> state_;
  Batches<Net, T, L> batches_;
  std::vector<std::size_t> order_;
  M before_;  // the weights from before the epoch
  Best<M> best_;
  History history_;
};

}  // namespace detail

/// Trains `model` on a data source for `.epochs` epochs and returns what happened. `chain_or_rule` is an update rule or
/// a chain(…) of policies; `callbacks` are told of every step and epoch.
///
/// Ends with the weights of the best epoch when one is watched, also when a callback or the source throws. A loss that
/// isn't finite ends training before its update, parameters that aren't end it after their epoch: the best weights, or
/// else those from before the epoch, are restored and stop_reason says so; in the very first step it is a
/// TrainingError. Bad data or settings are a DataError, ShapeError or TrainingError before the first step, with the
/// model unchanged.
///
/// The long form, which gives the same weights bit for bit (without `.validation`):
///
///     State state(model, chain_or_rule, {.max_batch = batch_size, .seed = seed});
///     for (int epoch = 0; epoch < epochs; ++epoch) {
///       std::iota(order.begin(), order.end(), 0);
///       shuffle(order, Random(seed, Stream::shuffle, epoch));
///       for (each batch of batch_size rows in that order) train_step(model, state, loss, x, y);
///     }
template <class Net, class T, DataSource S, Loss L, class ChainOrRule, class... Callbacks, class Isa = isa::ThisTarget>
History fit(Model<Net, T>& model, const S& source, const L& loss, ChainOrRule chain_or_rule,
            const FitOptions& options = {}, Callbacks&&... callbacks) {
  static_assert((Callback<std::remove_cvref_t<Callbacks>> && ...),
                "evomlp::fit: what follows the options must be callbacks: on_step(const StepReport&) or on_epoch(const "
                "EpochReport&)");
  static_assert(std::is_same_v<typename S::value_type, T>, "evomlp::fit: the data's scalar differs from the model's");
  detail::require_target_kind<L, S>();
  auto chain = detail::as_chain(std::move(chain_or_rule));
  detail::Fit<Isa, Net, T, S, L, decltype(chain)> fit(model, source, loss, std::move(chain), options);
  if (options.progress) {
    ProgressBar progress_bar;
    return fit.run(progress_bar, callbacks...);
  }
  return fit.run(callbacks...);
}

}  // namespace evomlp
