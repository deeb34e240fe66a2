// SPDX-License-Identifier: MIT
// Batches on flat memory: targets as a loss takes them, from the user's tensors or gathered from a source.
#pragma once

#include "evomlp/compose/list.hpp"
#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/concat.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/require_samples.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/view.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/train/data_source.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// One target: a class label, or one of the numbers of a sample.
template <class L, class T>
using TargetOf = std::conditional_t<takes_labels<L>(), std::int32_t, T>;

/// Targets of one sample.
template <class L, std::size_t outputs>
inline constexpr std::size_t targets_per_sample = takes_labels<L>() ? 1 : outputs;

/// The targets of `rows` samples as the loss takes them.
template <class L, class Isa, std::size_t outputs, class Target>
auto target_view(const Target* targets, std::size_t rows) {
  if constexpr (takes_labels<L>()) return LabelView{targets, rows};
  else return kernels::Matrix<const Target, Isa>{targets, rows, outputs};
}

/// The targets of a batch that a user hands in, checked: labels in range, or a matrix as wide as the network's output.
template <class L, class T, class Isa, std::size_t outputs, class E>
class Targets {
 public:
  Targets(const E& y, std::size_t rows, const char* where) : source_(y, where, ": y") {
    if (source_.rows() != rows)
      throw ShapeError(concat({where, ": y has ", source_.rows(), " rows, x has ", rows}));
    if constexpr (takes_labels<L>()) {
      require_labels({source_.data(), rows}, outputs, where);
    } else {
      if (source_.cols() != outputs)
        throw ShapeError(concat(
            {where, ": y has shape (", rows, ", ", source_.cols(), "), expected (batch, ", outputs, ")"}));
    }
  }
  auto view() const { return target_view<L, Isa, outputs>(source_.data(), source_.rows()); }

 private:
  Contiguous<TargetOf<L, T>, takes_labels<L>() ? 1 : 2, E> source_;
};

/// Memory for batches gathered from a source.
template <class Net, class T, class L>
class Batches {
 public:
  template <DataSource S>
  Batches(const S& source, std::size_t rows)
      : x_(rows * Net::in_features),
        y_(rows * targets_per_sample<L, Net::out_features>),
        weights_(detail::has_weights(source) ? rows : 0) {}

  template <DataSource S>
  void gather(const S& source, std::span<const std::size_t> rows, const char* where) {
    source.gather(rows, x_.data(), y_.data());
    if constexpr (takes_labels<L>()) require_labels({y_.data(), rows.size()}, Net::out_features, where, rows);
    if (weights_.empty()) return;
    gather_weights(source, rows, weights_.data());
    require_weights(std::span<const T>(weights_).first(rows.size()), where, rows);
  }
  const T* x() const { return x_.data(); }

  template <class Isa>
  auto targets(std::size_t rows) const {
    return target_view<L, Isa, Net::out_features>(y_.data(), rows);
  }

  /// The samples' weights, or null when all count the same.
  const T* weights() const { return weights_.empty() ? nullptr : weights_.data(); }

  /// What the first `rows` samples count together.
  double weight(std::size_t rows) const {
    return weights_.empty() ? static_cast<double>(rows)
                            : std::accumulate(weights_.begin(), weights_.begin() + static_cast<std::ptrdiff_t>(rows), 0.0);
  }

 private:
  AlignedBuffer<T> x_;
  std::vector<TargetOf<L, T>> y_;
  std::vector<T> weights_;
};

/// A loss that applies σ or softmax itself, behind a layer that has done so already: trains, badly.
template <class Net, class L>
constexpr void require_logits() {
  using Layers = flat<Net>;
  using Last = element<Layers::size - 1, Layers>;
  static_assert(!requires { requires L::takes_logits && Last::gives_probabilities; },
                "evomlp: BCEWithLogitsLoss and CrossEntropyLoss take logits and apply sigmoid or softmax themselves: leave out "
                "the Sigmoid or Softmax at the end of the network (predict_proba applies it)");
}

/// What the compiler can say of a source, a network of T and a loss. For a static_assert: within one this comes before the
/// faults that follow from it.
template <class Net, class T, class L, class S>
constexpr bool require_source_type() {
  static_assert(std::is_same_v<typename S::value_type, T>, "evomlp: the data's scalar differs from the model's");
  static_assert(std::is_same_v<typename S::target_type, std::int32_t> == takes_labels<L>(),
                "evomlp: the loss and the data disagree on targets: CrossEntropyLoss takes class labels (Dataset<T, "
                "Labels>), the others a matrix of numbers (Dataset<T>)");
  require_logits<Net, L>();
  return true;
}

/// That a source fits the network: DataError, ShapeError.
template <class Net, class L, DataSource S>
void require_source(const S& source, const char* where) {
  require_fits<Net::in_features, Net::out_features, takes_labels<L>()>(source, where);
  if constexpr (requires { L::target_range; require_targets_within(source, 0.0, 1.0, where); })
    require_targets_within(source, L::target_range[0], L::target_range[1], where);
}

}  // namespace evomlp::detail
