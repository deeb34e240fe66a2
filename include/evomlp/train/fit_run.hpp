// SPDX-License-Identifier: MIT
// One run of fit: epochs of steps, and who is told of them. What it has come to, and what callbacks' requests do to
// that, is in run_so_far.hpp; the step itself in divided_step.hpp; the figures after an epoch in validation.hpp.
#pragma once

#include "evomlp/callbacks/progress_bar.hpp"
#include "evomlp/compose/parameter_table.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/path_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/net/first_not_finite.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/divided_step.hpp"
#include "evomlp/train/epoch_order.hpp"
#include "evomlp/train/extras.hpp"
#include "evomlp/train/fit_options.hpp"
#include "evomlp/train/observe.hpp"
#include "evomlp/train/resume_path.hpp"
#include "evomlp/train/run_so_far.hpp"
#include "evomlp/train/team.hpp"
#include "evomlp/train/validation.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace evomlp::detail {

/// Checks everything when made, before anything is changed.
template <class Isa, class Net, class T, class S, class L, class C, class Team, class... Es>
class Fit {
  using M = Model<Net, T>;

 public:
  Fit(M& model, const S& source, const L& loss, C chain, const FitOptions& options, Team& team, Es&... extras)
      : source_(source),
        loss_(loss),
        options_(options),
        team_(team),
        extras_(team.is_first(), extras...),
        steps_(checked(source, options, team.size())),
        batch_((std::min)(static_cast<std::size_t>(options.batch_size), source.size())),
        validation_(options.validation),
        divided_(source, team.communicator(), batch_, static_cast<std::size_t>(options.accumulate),
                 options.sync_batchnorm),
        so_far_(model, std::move(chain),
                {.max_batch = static_cast<int>(divided_.largest()), .seed = options.dropout_seed.value_or(options.seed)},
                steps_,
                run_arguments<Net, T>(options, source.size(), validation_.size(), extras_.metric_names(),
                                      has_weights(source), Extras<Es...>::schedules), extras_),
        order_(options.shuffle, options.shuffle_seed.value_or(options.seed), source.size(), batch_) {
    const Watchable watchable{static_cast<bool>(validation_), has_accuracy<L>, so_far_.history().metric_names()};
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
    std::optional<M> before_resume;
    if (team_.first_says(!options_.resume.empty())) {
      before_resume = model_;
      resume();
    }
    so_far_.begin();
    [[maybe_unused]] const auto scopes = [&] {
      try {
        return extras_.scopes();
      } catch (...) {  // a log that can't be gone on with, say: not a step was done
        if (before_resume) model_ = *std::move(before_resume);
        throw;
      }
    }();
    before_resume.reset();
    try {
      while (position_.epoch < options_.epochs && !so_far_.stopped()) run_epoch();
      end();
    } catch (...) {  // a callback's exception passes on, with the best weights back
      so_far_.end(options_.restore_best);
      if constexpr (!Team::is_alone) team_.keep(std::move(so_far_.state), std::move(divided_));
      throw;
    }
    so_far_.end(options_.restore_best);
    return std::move(so_far_).finished();
  }

 private:
  static std::size_t checked(const S& source, const FitOptions& options, std::size_t processes) {
    require_source<Net, L>(source, "fit: the training data");
    return checked_steps<Net>(options, source.size(), processes);
  }

  /// Several processes: the same program with the same arguments, and the weights of rank 0.
  void meet() {
    Lines lines;
    for (const auto& [name, value] : so_far_.history().environment())
      if (name != "blas threads") lines(name, value);  // machines may have more and fewer cores
    so_far_.arguments.remember(lines);
    lines("epochs", options_.epochs);
    lines("accumulate", options_.accumulate);
    lines("sync_batchnorm", options_.sync_batchnorm);
    lines("learning rate", so_far_.base_lr);
    team_.require_same(std::move(lines));
    team_.share(model_.parameters());
    team_.share(model_.buffers());
  }

  void resume() {
    const ResumePath& from = options_.resume;
    const CheckpointReader* reader = from.reader();
    if constexpr (!Team::is_alone) reader = &checkpoint_reader<>;  // rank 0 alone may have been given a path
    const auto bytes = team_.share([&] { return reader->read(from.path()); });
    so_far_.resume(*reader, bytes, from.empty() ? "the checkpoint of rank 0" : path_text(from.path()));
  }

  void run_epoch() {
    so_far_.begin_epoch();
    order_.begin(position_.epoch);
    while (position_.step < steps_) {
      run_step();
      if (so_far_.stopped()) return;
    }
    if (const auto bad = first_not_finite(model_))
      so_far_.give_up(not_finite_message(*bad, position_.epoch, steps_ - 1));
    else
      finish_epoch();
  }

  void run_step() {
    SchedulePoint point{position_.epoch, options_.epochs, position_.step, steps_, so_far_.next_lr()};
    if constexpr (Extras<Es...>::schedules)
      point.lr = so_far_.schedule([&](double lr) { return extras_.lr((point.lr = lr, point)); });
    const std::span<const std::size_t> order = order_.rows(position_.step);
    const std::size_t rows = order.size();
    if constexpr (Prefetches<S>)
      order_.announce(position_.step, [this](std::size_t first, std::size_t count) { source_.prefetch(first, count); });
    divided_.begin(order);
    if constexpr (Extras<Es...>::observes)
      if (const std::size_t seen = divided_.part_rows(); seen > 0)
        extras_.observe(point, std::as_const(model_), std::as_const(so_far_.state), [&](auto& probe) {
          const auto& part = divided_.part();
          observe_on<Isa>(model_, loss_, part.x(), seen, part.template targets<Isa>(seen),
                          divided_.noise(so_far_.state), probe, part.weights());
        });
    const bool is_first = position_.epoch == 0 && position_.step == 0;
    const double loss = divided_.template run<Isa>(model_, so_far_.state, loss_, team_.votes());
    if (!portable::is_finite(loss)) {
      so_far_.give_up(concat({"the loss of ", in_print(position_.epoch, position_.step), " is ", loss}));
      if (is_first)
        refuse(concat({"the loss of the first step is ", loss,
                       ", expected a finite number: the initial weights or the data are too large"}));
      return;
    }
    if (is_first && so_far_.lr() > 0 && hidden_layers_start_at_0()) {
      so_far_.give_up("all weights are 0");
      refuse("all weights are 0, also after the first step, so that no hidden layer will learn; start them: "
             "Model<Net> model(init::he_normal(), seed)");
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
                            .lr = so_far_.lr(),
                            .fit = FitHandle(requests_)};
    extras_.step(report, model_, so_far_.state);
    if (progress_bar_) progress_bar_->on_step(report);
    serve_requests();
  }

  /// After the first step; the model is as it was.
  [[noreturn]] void refuse(const std::string& what) {
    team_.agree();
    throw TrainingError(concat({"fit: ", what, "; the model is unchanged"}));
  }

  bool hidden_layers_start_at_0() const {
    std::size_t matrices = 0;
    for (const ParameterInfo& info : parameter_table<Net>) {
      if (!info.trained || info.rank != 2) continue;
      ++matrices;
      const auto values = std::as_const(model_).values(info);
      if (!std::all_of(values.begin(), values.end(), [](T w) { return w == 0; })) return false;
    }
    return matrices > 1;
  }

  void finish_epoch() {
    EpochReport report{.epoch = position_.epoch,
                       .epochs = options_.epochs,
                       .samples = position_.samples,
                       .loss = position_.weight_sum > 0 ? position_.loss_sum / position_.weight_sum : 0,
                       .lr = so_far_.lr(),
                       .fit = FitHandle(requests_)};
    if (team_.size() > 1) team_.require_same_weights(model_, report.epoch);
    if (validation_) validation_.run(model_, loss_, extras_, team_, report);
    so_far_.end_epoch(report, options_.monitor);
    extras_.epoch(report, model_, so_far_.state);
    if (progress_bar_) progress_bar_->on_epoch(report);
    serve_requests();
  }

  /// What callbacks asked for during the last report. Of several processes all stop at the same place: their wishes are
  /// summed with the loss of the next step.
  void serve_requests() {
    if constexpr (!Team::is_alone) team_.settle(requests_, position_.step == 0);
    so_far_.fulfil(requests_, team_);
  }

  void end() {
    so_far_.clock.stop();
    const History& history = so_far_.history();
    const EndReport report{history.epochs(), history.stop_reason(), history.stop_message(), FitHandle(requests_)};
    extras_.end(report);
    if (progress_bar_) progress_bar_->on_end(report);
    // Weights that were put back don't go with the state of the optimizer: the last good file stays.
    if (history.stop_reason() == StopReason::not_finite) requests_ = {};
    requests_.stop.reset();
    so_far_.fulfil(requests_, team_);
  }

  const S& source_;
  const L& loss_;
  const FitOptions& options_;
  Team& team_;
  Extras<Es...> extras_;
  std::optional<ProgressBar> progress_bar_;
  std::size_t steps_, batch_;
  Validation<Isa, Net, T, typename S::target_type, L> validation_;
  DividedStep<Net, T, L, S, typename Team::Processes> divided_;
  RunSoFar<Isa, Net, T, C, Extras<Es...>> so_far_;
  M& model_ = so_far_.model;
  Position& position_ = so_far_.position;
  EpochOrder order_;
  Requests requests_;
};

}  // namespace evomlp::detail
