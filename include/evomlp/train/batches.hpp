// SPDX-License-Identifier: MIT
// Batches on flat memory: targets as a loss takes them, from the user's tensors or gathered from a source.
#pragma once

#include "evomlp/core/aligned_buffer.hpp"
#include "evomlp/core/error.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/view.hpp"
#include "evomlp/losses/loss.hpp"
#include "evomlp/train/data_source.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp::detail {

/// `rows`: which rows of a source the labels are of, for the message.
inline void require_labels(std::span<const std::int32_t> labels, std::size_t classes, const char* where,
                           std::span<const std::size_t> rows = {}) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes)
      throw DataError(std::string(where) + ": label " + std::to_string(labels[i]) + " in row " +
                      std::to_string(rows.empty() ? i : rows[i]) + ", expected 0 to " + std::to_string(classes - 1) +
                      " (the network has " + std::to_string(classes) + " outputs)");
}

/// The targets of a batch as flat memory, checked: labels in range, or a matrix as wide as the network's output.
template <class L, class T, class Isa, std::size_t outputs, class E>
class Targets {
  using Source = Contiguous<std::conditional_t<takes_labels<L>(), std::int32_t, T>, takes_labels<L>() ? 1 : 2, E>;

 public:
  Targets(const E& y, std::size_t rows, const char* where) : source_(y) {
    if (source_.rows() != rows)
      throw ShapeError(std::string(where) + ": y has " + std::to_string(source_.rows()) + " rows, x has " +
                       std::to_string(rows));
    if constexpr (takes_labels<L>()) {
      require_labels({source_.data(), rows}, outputs, where);
    } else {
      if (source_.cols() != outputs)
        throw ShapeError(std::string(where) + ": y has shape (" + std::to_string(rows) + ", " +
                         std::to_string(source_.cols()) + "), expected (batch, " + std::to_string(outputs) + ")");
    }
  }
  auto view() const {
    if constexpr (takes_labels<L>())
      return LabelView{source_.data(), source_.rows()};
    else
      return kernels::Matrix<const T, Isa>{source_.data(), source_.rows(), outputs};
  }

 private:
  Source source_;
};

/// Memory for batches gathered from a source.
template <class Net, class T, class L>
class Batches {
 public:
  using Target = std::conditional_t<takes_labels<L>(), std::int32_t, T>;

  explicit Batches(std::size_t rows)
      : x_(rows * Net::in_features), y_(rows * (takes_labels<L>() ? 1 : Net::out_features)) {}

  template <DataSource S>
  void gather(const S& source, std::span<const std::size_t> rows, const char* where) {
    source.gather(rows, x_.data(), y_.data());
    if constexpr (takes_labels<L>()) require_labels({y_.data(), rows.size()}, Net::out_features, where, rows);
  }
  const T* x() const { return x_.data(); }

  template <class Isa>
  auto targets(std::size_t rows) const {
    if constexpr (takes_labels<L>())
      return LabelView{y_.data(), rows};
    else
      return kernels::Matrix<const T, Isa>{y_.data(), rows, Net::out_features};
  }

 private:
  AlignedBuffer<T> x_;
  std::vector<Target> y_;
};

template <class L, class S>
constexpr void require_target_kind() {
  static_assert(std::is_same_v<typename S::target_type, std::int32_t> == takes_labels<L>(),
                "evomlp: the loss and the data disagree on targets: CrossEntropyLoss takes class labels (Dataset<T, "
                "Labels>), the "
                "others a matrix of numbers (Dataset<T>)");
}

}  // namespace evomlp::detail
