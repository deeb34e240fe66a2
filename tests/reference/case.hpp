// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

/// Reference numbers of an independent framework (see README.md). Every matrix is flattened row by row; samples are
/// rows; a weight has PyTorch's orientation [out, in]. All values are double. Inputs and start parameters (except a
/// ReZero alpha of 0.3) are multiples of 2^-10, so a float test starts from the same numbers.
namespace evomlp_reference {

/// One parameter or buffer: its numbers are `size` values from `offset` on, in every array that lists parameters (or
/// buffers) of the same case.
struct Entry {
  const char* key;
  std::size_t offset;
  std::size_t size;
};

/// One training pass of a net under MSELoss (mean over all elements).
struct LayerCase {
  const char* net;  ///< the net's type as C++ text
  std::size_t rows, in_features, out_features;
  std::span<const Entry> entries;                  ///< trained parameters
  std::span<const double> parameters;              ///< their values before the pass
  std::span<const double> x, target;               ///< (rows, in_features), (rows, out_features)
  std::span<const double> y;                       ///< output in training mode
  double loss;                                     ///< MSELoss of y and target
  std::span<const double> parameter_gradients;     ///< d loss / d parameters, in the order of `entries`
  std::span<const double> x_gradient;              ///< d loss / d x
  std::span<const Entry> buffer_entries;           ///< running statistics; before the pass mean 0 and variance 1
  std::span<const double> buffers;                 ///< their values after the one training pass
  std::span<const double> evaluation_y;            ///< output for x in evaluation mode after the training pass
};

/// Running statistics over three training passes (no update between them).
struct StatisticsCase {
  const char* net;
  std::size_t in_features, out_features;
  std::span<const Entry> entries;
  std::span<const double> parameters;
  std::span<const std::size_t> batch_rows;         ///< rows of each of the three batches
  std::span<const double> x;                       ///< the batches, one after the other
  std::span<const Entry> buffer_entries;
  std::span<const double> buffers_after_1, buffers_after_3;
  std::span<const double> evaluation_y;            ///< output for all rows of x in evaluation mode after three passes
};

/// A loss alone. `target` (rows, cols) or, for cross entropy, `labels` (rows).
struct LossCase {
  const char* what;
  std::size_t rows, cols;
  std::span<const double> prediction;
  std::span<const double> target;
  std::span<const std::int32_t> labels;
  double value;
  std::span<const double> gradient;                ///< d value / d prediction
};

/// Successive steps of an update rule on one vector, each with its own gradient.
struct RuleCase {
  const char* chain;                               ///< the rule with its policies as C++ text
  std::size_t size, steps;
  std::span<const double> start;                   ///< (size)
  std::span<const double> gradients;               ///< (steps, size)
  std::span<const double> after;                   ///< (steps, size): the vector after each step
};

/// Training of one net with CrossEntropyLoss: batch k holds the rows [k * batch_size, (k + 1) * batch_size) modulo the
/// number of rows.
struct TrajectoryCase {
  const char* net;
  const char* chain;
  std::size_t rows, in_features, batch_size;
  std::span<const Entry> entries;
  std::span<const double> parameters;              ///< at the start
  std::span<const double> x;
  std::span<const std::int32_t> labels;
  std::span<const double> losses;                  ///< of each step, before its update
  std::span<const double> final_parameters;
  std::span<const Entry> buffer_entries;
  std::span<const double> final_buffers;
};

/// The learning rate of each step of a run.
struct ScheduleCase {
  double lr;                                       ///< the rule's
  std::size_t epochs, steps;                       ///< steps in an epoch
  std::span<const double> lr_of_step;              ///< (epochs * steps)
};

/// A figure after each epoch, and the learning rate of the epoch after it.
struct PlateauCase {
  const char* what;
  double lr, factor, threshold, min_lr;
  std::size_t patience, cooldown;
  bool larger_is_better;
  std::span<const double> figures, lr_after;
};

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// A loss of weighted samples: Σ w l / Σ w with the losses l of single rows.
struct WeightedLossCase {
  LossCase loss;
  std::span<const double> weights;                 ///< (rows)
};

}  // namespace evomlp_reference
