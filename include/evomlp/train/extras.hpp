// SPDX-License-Identifier: MIT
// What follows fit's options: schedulers, callbacks, metrics, probes and a communicator, in any order.
#pragma once

#include "evomlp/callbacks/callback.hpp"
#include "evomlp/callbacks/monitor.hpp"
#include "evomlp/core/communicator.hpp"
#include "evomlp/io/remember.hpp"
#include "evomlp/metrics/metric.hpp"
#include "evomlp/schedulers/scheduler.hpp"
#include "evomlp/train/observe.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp::detail {

template <class E, class M, class S>
concept Extra = Callback<E, M, S> || Scheduler<E> || Metric<std::remove_const_t<E>> || Probe<E> ||
                Communicator<E>;

/// What would compile and never be called, or never be saved, in one sentence each. (Of a hook that is a template nothing
/// can be said.)
template <class E, class M, class S>
constexpr void check_extra() {
  static_assert(Extra<E, M, S>,
                "evomlp::fit: what follows the options must be a callback (on_begin, on_step, on_epoch or on_end, taking a "
                "report), a scheduler (lr_factor(point), or a callable of (epoch, step) that returns a floating-point "
                "number), a metric (name, larger_is_better, add, value), a probe (forward(node, x, y) or "
                "backward(node, x, y, dy, dx)) or a communicator (Mpi)");
  static_assert(!requires { &E::on_begin; } || requires(E& e, const BeginReport& r) { e.on_begin(r); },
                "evomlp::fit: on_begin of a callback must take (const BeginReport&), and the callback must not be const if "
                "it changes");
  static_assert(!requires { &E::on_step; } || requires(E& e, const StepReport& r) { e.on_step(r); } ||
                    requires(E& e, const StepReport& r, M& m, S& s) { e.on_step(r, m, s); },
                "evomlp::fit: on_step of a callback must take (const StepReport&) or (const StepReport&, model, state), and "
                "the callback must not be const if it changes");
  static_assert(!requires { &E::on_epoch; } || requires(E& e, const EpochReport& r) { e.on_epoch(r); } ||
                    requires(E& e, const EpochReport& r, M& m, S& s) { e.on_epoch(r, m, s); },
                "evomlp::fit: on_epoch of a callback must take (const EpochReport&) or (const EpochReport&, model, state), "
                "and the callback must not be const if it changes");
  static_assert(!requires { &E::on_end; } || requires(E& e, const EndReport& r) { e.on_end(r); },
                "evomlp::fit: on_end of a callback must take (const EndReport&), and the callback must not be const if it "
                "changes");
  static_assert(!(requires { &E::on_epoch_end; } || requires { &E::on_train_epoch_end; }),
                "evomlp::fit: a callback has on_epoch_end, which is called on_epoch here");
  static_assert(!(requires { &E::on_batch_end; } || requires { &E::on_train_batch_end; }),
                "evomlp::fit: a callback has on_batch_end, which is called on_step here");
  static_assert(!(requires { &E::on_train_begin; } || requires { &E::on_train_end; }),
                "evomlp::fit: a callback has on_train_begin or on_train_end, which are called on_begin and on_end here");
  if constexpr (Probe<E>) {
    check_probe<E>();
    static_assert(
        !(requires { &E::before_step; } ||
          requires(E& e, const SchedulePoint& p, M& m) { e.before_step(p, m); }) ||
            requires(E& e, const SchedulePoint& p) { e.before_step(p); } ||
            requires(E& e, const SchedulePoint& p, const M& m, const S& s) { e.before_step(p, m, s); },
        "evomlp::fit: before_step of a probe must take (const SchedulePoint&) or (const SchedulePoint&, const auto& model, "
        "const auto& state)");
  }
  static_assert(!std::is_const_v<E> || !Remembers<E>,
                "evomlp::fit: a scheduler or callback that remembers something must not be const");
}

/// References to all of them, each asked by what it is.
template <class... Es>
class Extras {
  template <class E>
  using Bare = std::remove_cv_t<E>;

  template <class E>
  struct Called {
    E& extra;
    bool is_called;
  };
  template <class E>
  struct Scope {
    struct Nothing {};
    static auto of(Called<E> one) {
      if constexpr (Communicator<E> || !requires { one.extra.scope(); }) return Nothing{};
      else if constexpr (requires { requires E::rank_0_only; })
        return one.is_called ? std::optional(one.extra.scope()) : std::nullopt;
      else return one.extra.scope();
    }
    explicit Scope(Called<E> one) : held(of(one)) {}
    decltype(of(std::declval<Called<E>>())) held;
  };

  template <class E>
  bool is_called(const E&) const {
    if constexpr (requires { requires E::rank_0_only; }) return is_first_;
    else return true;
  }

 public:
  static constexpr bool schedules = (Scheduler<Es> || ...), observes = (Probe<Es> || ...);
  static_assert((std::size_t{Communicator<Es>} + ... + 0) <= 1, "evomlp::fit: two communicators, expected one at most");

  /// Of the first of several processes, or of another.
  Extras(bool is_first, Es&... extras) : is_first_(is_first), all_(extras...) {}

  /// What callbacks want to live as long as fit.
  std::tuple<Scope<Es>...> scopes() {
    return std::apply([&](Es&... extras) { return std::tuple<Scope<Es>...>(Called<Es>{extras, is_called(extras)}...); }, all_);
  }

  void begin(const BeginReport& report) {
    each([&](auto& extra) {
      if constexpr (requires { extra.on_begin(report); })
        if (is_called(extra)) extra.on_begin(report);
    });
  }
  void end(const EndReport& report) {
    each([&](auto& extra) {
      if constexpr (requires { extra.on_end(report); })
        if (is_called(extra)) extra.on_end(report);
    });
  }
  void step(const StepReport& report, auto& model, auto& state) {
    each([&](auto& extra) {
      if (!is_called(extra)) return;
      if constexpr (requires { extra.on_step(report, model, state); }) extra.on_step(report, model, state);
      else if constexpr (requires { extra.on_step(report); }) extra.on_step(report);
    });
  }
  void epoch(const EpochReport& report, auto& model, auto& state) {
    each([&](auto& extra) {
      if (!is_called(extra)) return;
      if constexpr (requires { extra.on_epoch(report, model, state); }) extra.on_epoch(report, model, state);
      else if constexpr (requires { extra.on_epoch(report); }) extra.on_epoch(report);
    });
  }

  /// look(probe) for those who want to see the step that comes.
  void observe(const SchedulePoint& point, const auto& model, const auto& state, auto look) {
    each([&](auto& extra) {
      if constexpr (Probe<std::remove_reference_t<decltype(extra)>>) {
        if constexpr (requires { extra.before_step(point, model, state); }) {
          if (!extra.before_step(point, model, state)) return;
        } else if constexpr (requires { extra.before_step(point); }) {
          if (!extra.before_step(point)) return;
        }
        look(extra);
      }
    });
  }

  /// The rate of a step: the rule's times all factors, in the order given.
  double lr(SchedulePoint point) {
    each([&](auto& extra) {
      if constexpr (Scheduler<std::remove_reference_t<decltype(extra)>>) point.lr *= factor_of(extra, point);
    });
    return point.lr;
  }

  /// run(metrics…), without what isn't one.
  auto with_metrics(auto run) const {
    return std::apply([&](const auto&... metrics) { return run(metrics...); },
                      std::apply([](Es&... extras) { return std::tuple_cat(if_metric(extras)...); }, all_));
  }

  std::vector<std::string> metric_names() const {
    return with_metrics([](const auto&... metrics) {
      return std::vector<std::string>{std::string(std::remove_cvref_t<decltype(metrics)>::name)...};
    });
  }

  /// The figures that best weights, early stopping and schedulers look at.
  std::vector<Monitor> monitors() {
    std::vector<Monitor> all;
    each([&](auto& extra) {
      if constexpr (requires { Monitor(extra.monitor); }) all.push_back(extra.monitor);
    });
    return all;
  }

  /// Each under its number among those that remember something.
  void remember(auto& memory) {
    std::size_t number = 0;
    each([&](auto& extra) {
      if constexpr (Remembers<std::remove_reference_t<decltype(extra)>>) memory(std::to_string(number++), extra);
    });
  }

 private:
  template <class E>
  static auto if_metric(const E& extra) {
    if constexpr (Metric<Bare<E>>) return std::tuple<const Bare<E>&>(extra);
    else return std::tuple<>();
  }
  void each(auto run) {
    std::apply([&](Es&... extras) { (run(extras), ...); }, all_);
  }

  bool is_first_;
  std::tuple<Es&...> all_;
};

/// The communicator among the extras, or the one of a process that is alone.
inline Alone& communicator_of(Alone& alone) { return alone; }
template <class E, class... Es>
auto& communicator_of(Alone& alone, E& first, Es&... rest) {
  if constexpr (Communicator<E>) return first;
  else return communicator_of(alone, rest...);
}

}  // namespace evomlp::detail
