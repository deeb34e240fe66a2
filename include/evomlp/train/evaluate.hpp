// SPDX-License-Identifier: MIT
// evaluate: the loss, and the accuracy where it has a meaning, over a whole data source.
#pragma once

#include "evomlp/losses/loss.hpp"
#include "evomlp/metrics/metric.hpp"
#include "evomlp/net/predict.hpp"
#include "evomlp/train/batch_part.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/data_source.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

namespace evomlp {

/// What evaluate returns: means over all samples, and the metrics. `.accuracy` exists where the loss has one.
template <bool has_accuracy, Metric... Ms>
struct Evaluation {
  double loss = 0;
  std::tuple<Ms...> metrics{};

  /// A metric that was given: evaluate(model, data, loss, RMSE{}).get<RMSE>().value().
  template <class M>
  const M& get() const {
    return std::get<M>(metrics);
  }
};
template <Metric... Ms>
struct Evaluation<true, Ms...> : Evaluation<false, Ms...> {
  double accuracy = 0;
};

namespace detail {

/// `run(x, rows)` evaluates and returns a pointer to the outputs. Only the rows of `range` are looked at;
/// `reduce(sums, metrics…)` adds what other processes found in the rest: the sums of the loss, of the weights and of what
/// is right.
template <class Isa, class Net, class T, Loss L, DataSource S, Metric... Ms>
auto evaluate_rows(auto run, const S& source, const L& loss, const char* where, RowRange range, auto reduce,
                   const Ms&... metrics) {
  (require_metric_fits<Ms, L, Net::out_features>(), ...);
  const std::size_t n = range.rows, chunk = (std::min)(n, static_cast<std::size_t>(predict_chunk));
  Batches<Net, T, L> batch(source, chunk);
  std::vector<std::size_t> rows(chunk);
  Evaluation<has_accuracy<L>, Ms...> result;
  result.metrics = {metrics...};
  std::array<double, 3> sums{};
  auto& [loss_sum, total, right] = sums;
  for (std::size_t i = 0; i < n; i += chunk) {
    const std::size_t count = (std::min)(chunk, n - i);
    if constexpr (Prefetches<S>)
      if (const std::size_t next = i + count; next < n) source.prefetch(range.first + next, (std::min)(chunk, n - next));
    std::iota(rows.begin(), rows.end(), range.first + i);
    batch.gather(source, std::span<const std::size_t>(rows).first(count), where);
    const kernels::Matrix<T, Isa> y{run(batch.x(), count), count, Net::out_features};
    const auto targets = batch.template targets<Isa>(count);
    const double weight = batch.weight(count);
    loss_sum += weight * loss_of(loss, y, targets, kernels::Matrix<T, Isa>{nullptr, 0, y.cols}, batch.weights());
    total += weight;
    if constexpr (has_accuracy<L>) right += static_cast<double>(count) * loss.accuracy(y, targets);
    std::apply([&](Ms&... one) { (one.add(y, targets), ...); }, result.metrics);
  }
  std::apply([&](Ms&... one) { reduce(std::span<double>(sums), one...); }, result.metrics);
  result.loss = total > 0 ? loss_sum / total : 0;
  if constexpr (has_accuracy<L>) result.accuracy = right / static_cast<double>(source.size());
  return result;
}

/// Of all rows.
template <class Isa, class Net, class T, Loss L, DataSource S, Metric... Ms>
auto evaluate_by(auto run, const S& source, const L& loss, const char* where, const Ms&... metrics) {
  return evaluate_rows<Isa, Net, T>(run, source, loss, where, {0, source.size()}, [](auto&&...) {}, metrics...);
}

/// How a model is run for it.
template <class Isa, class Net, class T>
auto predictor(const Model<Net, T>& model, std::size_t rows) {
  return [&model, workspace = Workspace<Net, T>(static_cast<int>((std::min)(rows, static_cast<std::size_t>(predict_chunk))))](
             const T* x, std::size_t count) mutable {
    predict_rows<Net, Isa>(model.parameters().data(), model.buffers().data(), workspace.scratch(), workspace.capacity(),
                           x, count, workspace.output());
    return workspace.output();
  };
}

template <class Isa, class Net, class T, Loss L, DataSource S, Metric... Ms>
auto evaluate_on(const Model<Net, T>& model, const S& source, const L& loss, const char* where, const Ms&... metrics) {
  return evaluate_by<Isa, Net, T>(predictor<Isa>(model, source.size()), source, loss, where, metrics...);
}

}  // namespace detail

/// `.loss` and, where the loss has one, `.accuracy` of the model on a data source, in prediction mode, and the metrics
/// given: `.get<M>().value()`. Sample weights count in the loss alone. Throws DataError or ShapeError when the source is
/// empty or doesn't fit.
template <class Net, class T, DataSource S, Loss L, Metric... Ms, class Isa = isa::ThisTarget>
auto evaluate(const Model<Net, T>& model, const S& source, const L& loss, const Ms&... metrics) {
  static_assert(detail::require_source_type<Net, T, L, S>());
  detail::require_source<Net, L>(source, "evaluate: the data");
  return detail::evaluate_on<Isa>(model, source, loss, "evaluate", metrics...);
}

/// Samples and targets as two tensors: a compile error that says how.
template <class Net, class T, class X, class Y, class L, class... Ms>
void evaluate(const Model<Net, T>&, const xt::xexpression<X>&, const xt::xexpression<Y>&, const L&, const Ms&...) {
  static_assert(!std::is_same_v<X, X>, "evomlp::evaluate: samples and targets are one argument: evaluate(model, "
                                       "Dataset<float>{x, y}, loss), with class labels Dataset<float, Labels>{x, y}");
}

}  // namespace evomlp
