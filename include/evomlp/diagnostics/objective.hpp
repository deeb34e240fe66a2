// SPDX-License-Identifier: MIT
// The loss on some data as a function of the parameters: what curvature and loss surfaces are computed from.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/flush_denormals.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/diagnostics/in_double.hpp"
#include "evomlp/diagnostics/norm.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/batch_part.hpp"
#include "evomlp/train/batches.hpp"
#include "evomlp/train/data_source.hpp"
#include "evomlp/train/evaluate.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp {

/// In which mode a loss is computed.
enum class LossMode {
  training,    ///< BatchNorm by the statistics of each batch, Dropout by fixed masks: the loss that training lowers
  prediction,  ///< BatchNorm by its running statistics, no Dropout: what `evaluate` returns
};

namespace detail {

/// A batch that a user hands in, as a source.
template <class T, class Target>
struct BatchSource {
  using value_type = T;
  using target_type = Target;

  const T* x;
  const Target* y;
  std::size_t rows, x_cols, y_cols;

  std::size_t size() const { return rows; }
  std::size_t features() const { return x_cols; }
  std::size_t outputs() const { return y_cols; }
  void gather(std::span<const std::size_t> which, T* x_to, Target* y_to) const {
    for (const std::size_t row : which) {
      x_to = std::copy_n(x + row * x_cols, x_cols, x_to);
      y_to = std::copy_n(y + row * y_cols, y_cols, y_to);
    }
  }
};

/// A source in one batch, in its order; or shuffled and cut into batches whose sizes differ by one at most, always the
/// same ones. The loss is the mean over the batches, weighted by what their samples count. `S` must outlive it.
template <class Net, class T, class L, DataSource S, class Isa>
class Objective {
 public:
  static constexpr std::size_t size = Model<Net, T>::num_parameters;

  Objective(const Model<Net, T>& model, const L& loss, const S& source, std::size_t batches, std::uint64_t seed,
            const char* where)
      : model_(model),
        work_(model),
        loss_(loss),
        source_(source),
        where_(where),
        batches_(batches),
        rows_(source.size()),
        batch_(source, largest_part(source.size(), batches)),
        state_(work_, SGD{}, {.max_batch = static_cast<int>(largest_part(source.size(), batches)), .seed = seed}) {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    if (batches > 1) shuffle(rows_, Random(seed, Stream::shuffle));
  }

  /// Goes to θ = (where the model is) + Σ by · direction.
  void move_to(double by, std::span<const double> direction) { move_to(by, direction, 0, direction); }
  void move_to(double by, std::span<const double> direction, double by2, std::span<const double> direction2) {
    const auto from = model_.parameters();
    const auto to = work_.parameters();
    for (std::size_t i = 0; i < size; ++i)
      to[i] = static_cast<T>(static_cast<double>(from[i]) + by * direction[i] + by2 * direction2[i]);
  }

  double loss(LossMode mode) {
    if (mode == LossMode::prediction) {
      std::copy(model_.buffers().begin(), model_.buffers().end(), work_.buffers().begin());
      return evaluate_on<Isa>(work_, source_, loss_, where_).loss;
    }
    double sum = 0, total = 0;
    each_batch([&](std::size_t rows) {
      const kernels::Matrix<T, Isa> y{state_.work().y, rows, Net::out_features};
      const Pass<T> pass{state_.noise()};
      self_in_training<Isa>(work_, state_, rows, pass)
          .forward(kernels::Matrix<const T, Isa>{batch_.x(), rows, Net::in_features}, y);
      const double weight = batch_.weight(rows);
      sum += weight * loss_of(loss_, y, batch_.template targets<Isa>(rows), kernels::Matrix<T, Isa>{nullptr, 0, y.cols},
                              batch_.weights());
      total += weight;
    });
    return total > 0 ? sum / total : 0;
  }

  /// dL/dθ in training mode.
  void gradient(std::span<double> to) {
    std::fill(to.begin(), to.end(), 0.0);
    double total = 0;
    each_batch([&](std::size_t rows) {
      const double weight = batch_.weight(rows);
      gradients_of<Isa>(work_, state_, loss_, batch_.x(), rows, batch_.template targets<Isa>(rows), nullptr,
                        batch_.weights());
      const auto gradients = state_.gradients();
      for (std::size_t i = 0; i < size; ++i) to[i] += weight * static_cast<double>(gradients[i]);
      total += weight;
    });
    if (total > 0)
      for (double& g : to) g /= total;
  }

  /// H v, for a v of any length, by (∇L(θ + s v/‖v‖) − ∇L(θ − s v/‖v‖)) ‖v‖ / 2s. Throws TrainingError where that isn't
  /// finite.
  void hessian_times(std::span<const double> v, double step, std::span<double> to) {
    double largest = 0;
    for (const double each : v) {
      if (!portable::is_finite(each)) throw TrainingError(concat({where_, ": got a direction that isn't finite"}));
      largest = (std::max)(largest, std::abs(each));
    }
    if (largest == 0) {
      std::fill(to.begin(), to.end(), 0.0);
      return;
    }
    std::vector<double> unit(v.begin(), v.end());  // by its largest first: the squares of 1e-200 are 0
    for (double& each : unit) each /= largest;
    const double length = norm(std::span<const double>(unit));
    behind_.resize(size);
    move_to(-step / length, unit);
    gradient(behind_);
    move_to(step / length, unit);
    gradient(to);
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = (to[i] - behind_[i]) * (length / (2 * step)) * largest;
      if (!portable::is_finite(to[i]))
        throw TrainingError(
            concat({where_, ": the gradient ", number_text(step, 3), " beside the model's parameters is not finite"}));
    }
  }

 private:
  void each_batch(auto use) {
    const FlushDenormals flush;
    for (std::size_t i = 0; i < batches_; ++i) {
      const auto [first, count] = part_of(source_.size(), i, batches_);
      batch_.gather(source_, std::span<const std::size_t>(rows_).subspan(first, count), where_);
      use(count);
    }
  }

  const Model<Net, T>& model_;
  Model<Net, T> work_;
  const L& loss_;
  const S& source_;
  const char* where_;
  std::size_t batches_;
  std::vector<std::size_t> rows_;
  Batches<Net, T, L> batch_;
  State<Net, T, decltype(as_chain(SGD{}))> state_;
  std::vector<double> behind_;
};

/// use(objective) on a data source, checked; computed in `Scalar`, the model's own or double.
template <class Scalar, class Isa, class Net, class T, Loss L, DataSource S>
auto with_objective(const Model<Net, T>& model, const L& loss, const S& source, int batch_size, std::uint64_t seed,
                    LossMode mode, const char* where, auto use) {
  static_assert(require_source_type<Net, T, L, S>());
  require_source<Net, L>(source, where);
  require_at_least(where, "batch_size", batch_size, 1);
  const std::size_t n = source.size(), batches = (n - 1) / static_cast<std::size_t>(batch_size) + 1;
  if (mode == LossMode::training) require_training_batch<Net>(n / batches, n, where);
  if constexpr (std::is_same_v<Scalar, T>) {
    Objective<Net, T, L, S, Isa> objective(model, loss, source, batches, seed, where);
    return use(objective);
  } else {
    const auto exact = in_double(model);
    const InDouble<S> data{source};
    Objective<Net, double, L, InDouble<S>, Isa> objective(exact, loss, data, batches, seed, where);
    return use(objective);
  }
}

/// The same on a batch that a user hands in, whole.
template <class Scalar, class Isa, class Net, class T, Loss L, class X, class Y>
auto with_objective(const Model<Net, T>& model, const L& loss, const X& x, const Y& y, std::uint64_t seed,
                    LossMode mode, const char* where, auto use) {
  const std::string name = concat({where, ": x"});
  const Rows<T, X> rows(x, Net::in_features, name.c_str());
  const std::size_t n = rows.rows();
  const Targets<L, T, Isa, Net::out_features, Y> targets(y, n, where);
  if (n == 0) throw ShapeError(concat({where, ": an empty batch"}));
  const BatchSource<T, TargetOf<L, T>> source{rows.data(), targets.view().data, n, Net::in_features,
                                              targets_per_sample<L, Net::out_features>};
  return with_objective<Scalar, Isa>(model, loss, source, static_cast<int>(n), seed, mode, where, use);
}

}  // namespace detail
}  // namespace evomlp
