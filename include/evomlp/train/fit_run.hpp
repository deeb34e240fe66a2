// SPDX-License-Identifier: MIT
// One run of fit.
#pragma once

#include "evomlp/callbacks/progress_bar.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/train/best.hpp"
#include "evomlp/train/checkpoint_file.hpp"
#include "evomlp/train/divided_step.hpp"
#include "evomlp/train/environment.hpp"
#include "evomlp/train/epoch_order.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/extras.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/history.hpp"
#include "evomlp/train/observe.hpp"
#include "evomlp/train/position.hpp"
#include "evomlp/train/state.hpp"
#include "evomlp/train/team.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Checks everything when made, before anything is changed.
template <class Isa, class Net, class T, class S, class L, class C, class Team, class... Es>
class Fit {
  using M = Model<Net, T>;
  using Validation = SourceRef::Typed<T, typename S::target_type>;
  using Clock = std::chrono::steady_clock;
  static constexpr const char* validation_name = "fit: the validation data";

 public:
  Fit(M& model, const S& source, const L& loss, C chain, const FitOptions& options, Team& team, Es&... extras)
      : model_(model),
        source_(source),
        loss_(loss),
        options_(options),
        team_(team),
        extras_(team.is_first(), extras...),
        steps_(checked(source, options, team.size())),
        batch_((std::min)(static_cast<std::size_t>(options.batch_size), source.size())),
        validation_(checked_validation(options)),
        base_lr_(static_cast<double>(chain.rule().lr)),
        divided_(source, team.communicator(), batch_, static_cast<std::size_t>(options.accumulate),
                 options.sync_batchnorm),
        state_(model, std::move(chain),
               {.max_batch = static_cast<int>(divided_.largest()), .seed = options.dropout_seed.value_or(options.seed)}),
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
    if (options.progress && team_.is_first()) progress_bar_.emplace();
  }

  History run() {
    if (team_.size() > 1) meet();
    const BeginReport report{options_.epochs, steps_, (std::min)(steps_ * batch_, source_.size()), team_.rank(),
                             static_cast<int>(team_.size())};
    extras_.begin(report);
    if (progress_bar_) progress_bar_->on_begin(report);
    if (team_.first_says(!options_.resume.empty())) resume();
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
      if constexpr (!Team::is_alone) team_.keep(std::move(state_), std::move(divided_));
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
  static std::size_t checked(const S& source, const FitOptions& options, std::size_t processes) {
    require_fits<Net::in_features, Net::out_features, takes_labels<L>()>(source, "fit: the training data");
    return checked_steps<Net>(options, source.size(), processes);
  }

  /// Several processes: the same program with the same arguments, and the weights of rank 0.
  void meet() {
    Lines lines;
    for (const auto& [name, value] : history_.environment_)
      if (name != "blas threads") lines(name, value);  // machines may have more and fewer cores
    arguments_.remember(lines);
    lines("epochs", options_.epochs);
    lines("accumulate", options_.accumulate);
    lines("sync_batchnorm", options_.sync_batchnorm);
    lines("learning rate", base_lr_);
    lines("sample weights", has_weights(source_) ? "yes" : "no");
    team_.require_same(std::move(lines));
    team_.share(model_.parameters());
    team_.share(model_.buffers());
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
    const auto bytes = team_.share([this] { return read_file(options_.resume); });
    const TensorFile file(bytes, options_.resume.empty() ? "the checkpoint of rank 0" : options_.resume.string());
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
    divided_.begin(order);
    if constexpr (Extras<Es...>::observes)
      if (const std::size_t seen = divided_.part_rows(); seen > 0)
        extras_.observe(point, std::as_const(model_), std::as_const(state_), [&](auto& probe) {
          const auto& part = divided_.part();
          observe_on<Isa>(model_, loss_, part.x(), seen, part.template targets<Isa>(seen), divided_.noise(state_), probe,
                          part.weights());
        });
    const double loss = divided_.template run<Isa>(model_, state_, loss_, team_.votes());
    if (!portable::is_finite(loss)) {
      give_up("the loss of " + in_print(position_.epoch, position_.step) + " is " + std::to_string(loss));
      if (position_.epoch == 0 && position_.step == 0) {
        team_.agree();
        throw TrainingError("fit: the loss of the first step is " + std::to_string(loss) +
                            ", expected a finite number: the start or the data is too large; the model is unchanged");
      }
      return;
    }
    const double weight = divided_.weight();
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
    if (team_.size() > 1) team_.require_same_weights(model_, report.epoch);
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
      const std::size_t size = validation_->size();
      const RowRange own = team_.template share_of<std::remove_cvref_t<decltype(metrics)>...>(size);
      const auto result = evaluate_rows<Isa, Net, T>(predictor<Isa>(model_, own.rows), *validation_, loss_,
                                                     validation_name, own, team_.reducer(size), metrics...);
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

  /// What callbacks asked for during the last report. Of several processes all stop at the same place: their wishes are
  /// summed with the loss of the next step.
  void serve_requests() {
    if constexpr (!Team::is_alone) team_.settle(requests_, position_.step == 0);
    fulfil_requests();
  }

  /// Nothing that isn't finite is kept, in the model or in a file.
  void fulfil_requests() {
    if (!requests_.stop && requests_.checkpoints.empty()) return;
    if (position_.step > 0)  // an epoch that is finished has been looked at
      if (const auto bad = first_not_finite(model_)) {
        requests_.checkpoints.clear();
        // A stop is agreed, and so is what it finds: all processes have the same model. Without one only this process looks,
        // and all will at the end of the epoch.
        if (Team::is_alone || requests_.stop)
          FitHandle(requests_).stop(StopReason::not_finite,
                                    not_finite_message(*bad, position_.epoch, position_.step - 1));
      }
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
    if (team_.is_first())
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
    fulfil_requests();
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
  Team& team_;
  Extras<Es...> extras_;
  std::optional<ProgressBar> progress_bar_;
  std::size_t steps_, batch_;
  std::optional<Validation> validation_;
  double base_lr_;  // what schedulers start from
  DividedStep<Net, T, L, S, typename Team::Processes> divided_;
  State<Net, T, C> state_;
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
