// SPDX-License-Identifier: MIT
// Monitor: which figure of an epoch decides what is better.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/core/portable_math.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evomlp {

/// What best weights, EarlyStopping and ReduceLROnPlateau look at.
struct Monitor {
  enum class Kind { validation_loss, validation_accuracy, training_loss, metric };

  Kind kind = Kind::validation_loss;
  std::string_view name{};  // of the metric

  static const Monitor validation_loss;      ///< the smallest is best; needs `.validation`
  static const Monitor validation_accuracy;  ///< the largest
  static const Monitor training_loss;        ///< the smallest; must be asked for, since it says nothing of unseen data

  /// A metric given to fit, by its name: Monitor::metric("rmse").
  static constexpr Monitor metric(std::string_view name) { return {Kind::metric, name}; }
  template <std::same_as<std::string> Temporary>
  static Monitor metric(Temporary&&) = delete;  // the name must outlive the monitor
};

inline constexpr Monitor Monitor::validation_loss{Monitor::Kind::validation_loss};
inline constexpr Monitor Monitor::validation_accuracy{Monitor::Kind::validation_accuracy};
inline constexpr Monitor Monitor::training_loss{Monitor::Kind::training_loss};

/// A watched figure and its sense.
struct Figure {
  double value = 0;
  bool larger_is_better = false;

  /// Better than the best so far by more than `by`; anything finite is better than nothing, a NaN never is.
  bool improves_on(std::optional<double> best, double by = 0) const {
    if (!portable::is_finite(value)) return false;
    return !best || (larger_is_better ? value > *best + by : value < *best - by);
  }
};

/// The figure of an epoch; none where it has no source.
inline std::optional<Figure> watched(const EpochReport& report, const Monitor& monitor) {
  const auto figure = [](std::optional<double> value, bool larger) {
    return value ? std::optional(Figure{*value, larger}) : std::nullopt;
  };
  switch (monitor.kind) {
    case Monitor::Kind::validation_loss: return figure(report.validation_loss, false);
    case Monitor::Kind::validation_accuracy: return figure(report.accuracy, true);
    case Monitor::Kind::training_loss: return figure(report.loss, false);
    case Monitor::Kind::metric:
      for (const MetricValue& metric : report.metrics)
        if (metric.name == monitor.name) return Figure{metric.value, metric.larger_is_better};
  }
  return std::nullopt;
}

}  // namespace evomlp
