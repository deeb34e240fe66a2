// SPDX-License-Identifier: MIT
// The validation of fit: loss, accuracy and metrics after each epoch.
#pragma once

#include "evomlp/callbacks/report.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/evaluate.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// The validation data, if there are any, checked when made: they must fit the network and the loss.
template <class Isa, class Net, class T, class Target, class L>
class Validation {
  static constexpr const char* name = "fit: the validation data";

 public:
  explicit Validation(const SourceRef& source) {
    if (!source) return;
    source_.emplace(source, name);
    require_source<Net, L>(*source_, name);
  }

  explicit operator bool() const { return source_.has_value(); }
  std::size_t size() const { return source_ ? source_->size() : 0; }

  /// Fills in the report's figures. Several processes take a part each, where all metrics can be put together. The
  /// metrics of the report are valid until the next call.
  void run(const Model<Net, T>& model, const L& loss, const auto& extras, auto& team, EpochReport& report) {
    extras.with_metrics([&](const auto&... metrics) {
      const RowRange own = team.template share_of<std::remove_cvref_t<decltype(metrics)>...>(size());
      const auto result = evaluate_rows<Isa, Net, T>(predictor<Isa>(model, own.rows), *source_, loss, name, own,
                                                     team.reducer(size()), metrics...);
      report.validation_loss = result.loss;
      if constexpr (has_accuracy<L>) report.accuracy = result.accuracy;
      metrics_ = std::apply(
          []<class... Ms>(const Ms&... seen) {
            return std::vector<MetricValue>{{Ms::name, seen.value(), Ms::larger_is_better}...};
          },
          result.metrics);
    });
    report.metrics = metrics_;
  }

 private:
  std::optional<SourceRef::Typed<T, Target>> source_;
  std::vector<MetricValue> metrics_;
};

}  // namespace evomlp::detail
