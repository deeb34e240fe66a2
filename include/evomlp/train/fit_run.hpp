// SPDX-License-Identifier: MIT
// One run of fit.
#pragma once

#include "evomlp/callbacks/progress_bar.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/train/best.hpp"
#include "evomlp/train/checkpoint_file.hpp"
#include "evomlp/train/environment.hpp"
#include "evomlp/train/epoch_order.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/extras.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/history.hpp"
#include "evomlp/train/position.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Checks everything when made, before anything is changed.
template <class Isa, class Net, class T, class S, class L, class C, class... Es>
class Fit {
  using M = Model<Net, T>;
  using Validation = SourceRef::Typed<T, typename S::target_type>;
  using Clock = std::chrono::steady_clock;
  static constexpr const char* validation_name = "fit: the validation data";

 public:
  Fit(M& model, const S& source, const L& loss, C chain, const FitOptions& options, Es&... extras)
      : model_(model),
        source_(source),
        loss_(loss),
        options_(options),
        extras_(extras...),
        steps_(checked(source, options)),
        batch_((std::min)(static_cast<std::size_t>(options.batch_size), source.size())),
        validation_(checked_validation(options)),
        base_lr_(static_cast<double>(chain.rule().lr)),
        state_(model, std::move(chain),
               {.max_batch = static_cast<int>(batch_), .seed = options.dropout_seed.value_or(options.seed)}),
        batches_(source, batch_),
        order_(options.shuffle, options.shuffle_seed.value_or(options.seed), source.size(), batch_),
        before_(model) {
    extras_.with_metrics([this](const auto&... metrics) {
      (history_.metric_names_.emplace_back(std::remove_cvref_t<decltype(metrics)>::name), ...);
    });
    history_.metrics_.resize(history_.metric_names_.size());
    arguments_ = run_arguments<Net, T>(options, source.size(), validation_ ? validation_->size() : 0,
                                       history_.metric_names_);
    history_.environment_ = environment<T, Isa>();
    const Watchable watchable{validation_.has_value(), has_accuracy<L>, history_.metric_names_};
    watchable.require_metrics();
    // Without validation data the default of `.monitor` watches nothing.
    if (validation_ || options.monitor.kind != Monitor::Kind::validation_loss)
      watchable.require(options.monitor, "fit: monitor");
    for (const Monitor& monitor : extras_.monitors()) watchable.require(monitor, "fit: a scheduler or callback");
    if (options.progress) progress_bar_.emplace();
  }

  History run() {
    const BeginReport report{options_.epochs, steps_, (std::min)(steps_ * batch_, source_.size())};
    extras_.begin(report);
    if (progress_bar_) progress_bar_->on_begin(report);
    if (!options_.resume.empty()) resume();
    if (history_.stop_reason_ != StopReason::early_stopping) {  // else that run is over
      history_.stop_reason_ = StopReason::all_epochs_done;
      history_.stop_message_.clear();
    }
    try {
      [[maybe_unused]] const auto scopes = extras_.scopes();
      while (position_.epoch < options_.epochs && !stopped()) run_epoch();
      end();
    } catch (...) {  // a callback's exception passes on, with the best weights back
      restore_best();
      throw;
    }
    return finished();
  }

  /// All that a checkpoint must hold beside the arguments of fit.
  void remember(auto& memory) {
    RunArguments saved = arguments_;
    memory("run", saved);
    saved.require_same(arguments_);
    memory("model", model_);
    memory("state", state_);
    memory("position", position_);
    memory.require(position_.step <= steps_, "position.step", "a step of an epoch");
    if (position_.step > 0) memory("before_epoch", before_);
    memory("best", best_);
    memory("history", history_);
    memory.require(position_.epoch == history_.epochs(), "position.epoch", "the number of epochs in its history");
    memory.require(best_.epoch() >= -1 && best_.epoch() < history_.epochs(), "best.epoch", "an epoch in its history");
    memory("extras", extras_);
    double lr = base_lr_;
    memory("base_lr", lr);
    if (lr != base_lr_) state_.chain().set_lr(base_lr_);  // fit was given another one this time: that counts
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
    return validation;
  }

  void resume() {
    const auto bytes = read_file(options_.resume);
    const TensorFile file(bytes, options_.resume.string());
    const M before = model_;
    try {
      restore_checkpoint(file, *this);
    } catch (...) {
      model_ = before;
      throw;
    }
  }

  void run_epoch() {
    in_epoch_ = true;
    epoch_begin_ = Clock::now();
    seconds_before_ = position_.seconds;
    if (position_.step == 0) {
      before_ = model_;
      state_.reset_clip_counts();
    }
    order_.begin(position_.epoch);
    while (position_.step < steps_) {
      run_step();
      if (stopped()) return;
    }
    if (const auto bad = first_not_finite(model_)) {
      give_up(not_finite_message(*bad, position_.epoch, steps_ - 1));
      return;
    }
    finish_epoch();
  }

  void run_step() {
    SchedulePoint point{position_.epoch, options_.epochs, position_.step, steps_, base_lr_};
    if constexpr (Extras<Es...>::schedules) {
      point.lr = extras_.lr(point);
      state_.chain().set_lr(point.lr);
    }
    const std::span<const std::size_t> order = order_.rows(position_.step);
    const std::size_t rows = order.size();
    if constexpr (Prefetches<S>)
      order_.announce(position_.step, [this](std::size_t first, std::size_t count) { source_.prefetch(first, count); });
    batches_.gather(source_, order, "fit");
    if constexpr (Extras<Es...>::observes)
      extras_.observe(point, std::as_const(model_), std::as_const(state_), [&](auto& probe) {
        observe_on<Isa>(model_, loss_, batches_.x(), rows, batches_.template targets<Isa>(rows),
                        {arguments_.dropout_seed, state_.step()}, probe, batches_.weights());
      });
    const double loss = step_on<Isa>(model_, state_, loss_, batches_.x(), rows, batches_.template targets<Isa>(rows),
                                     batches_.weights());
    if (!portable::is_finite(loss)) {
      give_up("the loss of " + in_print(position_.epoch, position_.step) + " is " + std::to_string(loss));
      if (position_.epoch == 0 && position_.step == 0)
        throw TrainingError("fit: the loss of the first step is " + std::to_string(loss) +
                            ", expected a finite number: the start or the data is too large; the model is unchanged");
      return;
    }
    const double weight = batches_.weight(rows);
    position_.loss_sum += loss * weight;
    position_.weight_sum += weight;
    position_.samples += rows;
    const StepReport report{.epoch = position_.epoch,
                            .epochs = options_.epochs,
                            .step = position_.step++,
                            .steps = steps_,
                            .samples = position_.samples,
                            .loss = loss,
                            .lr = lr(),
                            .fit = FitHandle(requests_)};
    extras_.step(report, model_, state_);
    if (progress_bar_) progress_bar_->on_step(report);
    serve_requests();
  }

  void finish_epoch() {
    EpochReport report{.epoch = position_.epoch,
                       .epochs = options_.epochs,
                       .samples = position_.samples,
                       .loss = position_.weight_sum > 0 ? position_.loss_sum / position_.weight_sum : 0,
                       .lr = lr(),
                       .fit = FitHandle(requests_)};
    if (validation_) validate(report);
    if constexpr (C::is_counted) report.clipped_share = state_.clip_count().share();
    report.seconds = seconds();
    history_.record(report, state_.clip_counts());
    best_.offer(model_, watched(report, options_.monitor), report.epoch);
    position_ = {.epoch = report.epoch + 1};
    extras_.epoch(report, model_, state_);
    if (progress_bar_) progress_bar_->on_epoch(report);
    serve_requests();
  }

  void validate(EpochReport& report) {
    extras_.with_metrics([&](const auto&... metrics) {
      const auto result = evaluate_on<Isa>(model_, *validation_, loss_, validation_name, metrics...);
      report.validation_loss = result.loss;
      if constexpr (has_accuracy<L>) report.accuracy = result.accuracy;
      metric_values_ = std::apply(
          []<class... Ms>(const Ms&... seen) {
            return std::vector<MetricValue>{{Ms::name, seen.value(), Ms::larger_is_better}...};
          },
          result.metrics);
    });
    report.metrics = metric_values_;
  }

  /// A loss or a parameter isn't finite: back to the weights from before the epoch (the best ones are preferred later).
  void give_up(std::string message) {
    model_ = before_;
    history_.stop_reason_ = StopReason::not_finite;
    history_.stop_message_ = std::move(message);
  }

  bool stopped() const { return history_.stop_reason_ != StopReason::all_epochs_done; }

  /// What callbacks asked for during the last report. Nothing that isn't finite is kept, in the model or in a file.
  void serve_requests() {
    if (!requests_.stop && requests_.checkpoints.empty()) return;
    if (position_.step > 0)  // an epoch that is finished has been looked at
      if (const auto bad = first_not_finite(model_))
        FitHandle(requests_).stop(StopReason::not_finite, not_finite_message(*bad, position_.epoch, position_.step - 1));
    if (requests_.stop == StopReason::not_finite) {
      give_up(std::move(requests_.stop_message));
      requests_ = {};
      return;
    }
    if (requests_.stop) {
      history_.stop_reason_ = *requests_.stop;
      history_.stop_message_ = std::move(requests_.stop_message);
    }
    if (position_.step > 0 && in_epoch_) position_.seconds = seconds();
    for (const auto& path : requests_.checkpoints) record_checkpoint(path, *this);
    requests_ = {};
  }

  void end() {
    in_epoch_ = false;
    const EndReport report{history_.epochs(), history_.stop_reason_, history_.stop_message_, FitHandle(requests_)};
    extras_.end(report);
    if (progress_bar_) progress_bar_->on_end(report);
    // Weights that were put back don't go with the state of the optimizer: the last good file stays.
    if (history_.stop_reason_ == StopReason::not_finite) requests_ = {};
    requests_.stop.reset();
    serve_requests();
  }

  History finished() {
    restore_best();
    return std::move(history_);
  }

  void restore_best() {
    history_.best_epoch_ = best_.epoch();
    if (options_.restore_best && best_.model()) model_ = *best_.model();
  }

  /// Of the last step.
  double lr() const { return state_.chain().lr(state_.step()); }

  /// Spent in this epoch, in former runs too.
  double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - epoch_begin_).count();
  }

  M& model_;
  const S& source_;
  const L& loss_;
  const FitOptions& options_;
  Extras<Es...> extras_;
  std::optional<ProgressBar> progress_bar_;
  std::size_t steps_, batch_;
  std::optional<Validation> validation_;
  double base_lr_;  // what schedulers start from
  State<Net, T, C> state_;
  Batches<Net, T, L> batches_;
  RunArguments arguments_;
  EpochOrder order_;
  M before_;  // the weights from before the epoch
  Best<M> best_;
  Position position_;
  History history_;
  std::vector<MetricValue> metric_values_;
  Requests requests_;
  Clock::time_point epoch_begin_{};
  double seconds_before_ = 0;
  bool in_epoch_ = false;
};

}  // namespace evomlp::detail
