// SPDX-License-Identifier: MIT
// What a run of fit has come to: all that changes while it goes on, which is what a checkpoint holds.
#pragma once

#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/callbacks/report.hpp"
#include "evomlp/io/memory.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/train/best.hpp"
#include "evomlp/train/environment.hpp"
#include "evomlp/train/history.hpp"
#include "evomlp/train/position.hpp"
#include "evomlp/train/resume_path.hpp"
#include "evomlp/train/run_arguments.hpp"
#include "evomlp/train/state.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp::detail {

/// Refers to the model and the extras, and owns the rest. It alone writes the History.
template <class Isa, class Net, class T, class C, class TheExtras>
class RunSoFar {
  using M = Model<Net, T>;

 public:
  /// Of so many steps in an epoch. The rate of `chain` is what schedulers start from.
  RunSoFar(M& model_, C chain, const StateOptions& options, std::size_t steps, RunArguments arguments_,
           TheExtras& extras)
      : arguments(std::move(arguments_)),
        base_lr(static_cast<double>(chain.rule().lr)),
        model(model_),
        state(model_, std::move(chain), options),
        steps_(steps),
        extras_(extras),
        before_(model_) {
    history_.metric_names_ = extras.metric_names();
    history_.metrics_.resize(history_.metric_names_.size());
    history_.environment_ = environment<T, Isa>();
  }

  const History& history() const { return history_; }
  /// Of the last step.
  double lr() const { return state.chain().lr(state.step()); }
  /// Of the step that comes.
  double next_lr() const { return state.chain().lr(state.step() + 1); }
  /// Sets that to scheduled(the rate without schedulers). (The second rule of switch_after has a rate of its own, which
  /// moves with the first's.)
  double schedule(auto scheduled) {
    state.chain().set_lr(base_lr);
    const double unscheduled = next_lr(), lr = scheduled(unscheduled);
    state.chain().set_lr(unscheduled == base_lr || unscheduled == 0 ? lr : base_lr * (lr / unscheduled));
    return lr;
  }
  bool stopped() const { return history_.stop_reason_ != StopReason::all_epochs_done; }

  /// Before the first epoch, and after resume.
  void begin() {
    if (history_.stop_reason_ == StopReason::early_stopping) return;  // that run is over
    history_.stop_reason_ = StopReason::all_epochs_done;
    history_.stop_message_.clear();
  }
  void begin_epoch() {
    clock.start(position.seconds);
    if (position.step > 0) return;  // of a checkpoint amid an epoch
    before_ = model;
    state.reset_clip_counts();
  }
  /// After the epoch's last step.
  void end_epoch(EpochReport& report, const Monitor& monitor) {
    if constexpr (C::is_counted) report.clipped_share = state.clip_count().share();
    report.seconds = clock.seconds();
    history_.record(report, state.clip_counts());
    best_.offer(model, watched(report, monitor), report.epoch);
    position = {.epoch = report.epoch + 1};
  }

  /// A loss or a parameter isn't finite: back to the weights from before the epoch (the best ones are preferred later).
  void give_up(std::string message) {
    model = before_;
    stop(StopReason::not_finite, std::move(message));
  }

  /// Does what callbacks asked for. Nothing that isn't finite is kept, in the model or in a file.
  template <class Team>
  void fulfil(Requests& requests, const Team& team) {
    if (!requests.stop && requests.checkpoints.empty()) return;
    if (position.step > 0)  // an epoch that is finished has been looked at
      if (const auto bad = first_not_finite(model)) {
        requests.checkpoints.clear();
        // A stop is agreed, and so is what it finds: all processes have the same model. Without one only this process
        // looks, and all will at the end of the epoch.
        if (Team::is_alone || requests.stop)
          FitHandle(requests).stop(StopReason::not_finite,
                                   not_finite_message(*bad, position.epoch, position.step - 1));
      }
    if (requests.stop == StopReason::not_finite) {
      give_up(std::move(requests.stop_message));
      requests = {};
      return;
    }
    if (requests.stop) stop(*requests.stop, std::move(requests.stop_message));
    if (position.step > 0 && clock.runs()) position.seconds = clock.seconds();
    if (team.is_first())
      for (const auto& path : requests.checkpoints) requests.record(path, Remembered(*this));
    requests = {};
  }

  /// The last or the best weights are the model's.
  void end(bool restore_best) {
    history_.best_epoch_ = best_.epoch();
    if (restore_best && best_.model()) model = *best_.model();
  }
  History finished() && { return std::move(history_); }

  /// Goes on from a checkpoint. The model is unchanged where it doesn't fit.
  void resume(const CheckpointReader& reader, std::span<const std::byte> bytes, const std::string& name) {
    const M as_it_was = model;
    try {
      reader.restore(bytes, name, Remembered(*this));
    } catch (...) {
      model = as_it_was;
      throw;
    }
  }

  /// All that a checkpoint must hold beside the arguments of fit.
  void remember(auto& memory) {
    RunArguments saved = arguments;
    memory("run", saved);
    saved.require_same(arguments);
    memory("model", model);
    memory("state", state);
    memory("position", position);
    memory.require(position.step <= steps_, "position.step", "a step of an epoch");
    if (position.step > 0) memory("before_epoch", before_);
    memory("best", best_);
    memory("history", history_);
    memory.require(position.epoch == history_.epochs(), "position.epoch", "the number of epochs in its history");
    memory.require(best_.epoch() >= -1 && best_.epoch() < history_.epochs(), "best.epoch", "an epoch in its history");
    memory("extras", extras_);
    double lr = base_lr;
    memory("base_lr", lr);
    if (lr != base_lr) state.chain().set_lr(base_lr);  // fit was given another one this time: that counts
  }

  RunArguments arguments;
  const double base_lr;
  M& model;
  State<Net, T, C> state;
  Position position{};
  EpochClock clock{};

 private:
  void stop(StopReason reason, std::string message) {
    history_.stop_reason_ = reason;
    history_.stop_message_ = std::move(message);
  }

  std::size_t steps_;
  TheExtras& extras_;
  M before_;  // the weights from before the epoch
  Best<M> best_;
  History history_;
};

}  // namespace evomlp::detail
