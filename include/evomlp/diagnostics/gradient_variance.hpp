// SPDX-License-Identifier: MIT
// gradient_variance: the noise of the mini-batch gradient against the batch size, beside the law σ²/B.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/text_table.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/core/write_file.hpp"
#include "evomlp/diagnostics/norm.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

struct GradientVarianceOptions {
  std::vector<int> batch_sizes{};  ///< none: 1, 2, 4, … to 256 or the number of samples; with BatchNorm from 2
  int batches = 200;               ///< drawn for each size, at least 2
  bool replacement = true;         ///< a batch may hold a sample twice; false: as an epoch's batches, it may not
  std::uint64_t seed = 0;          ///< of the batches and the dropout masks
};

/// What gradient_variance returns. A variance is the trace of a covariance: summed over all parameters.
struct GradientVariance {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  struct Row {
    std::size_t batch_size = 0;
    double variance = none;  ///< measured, of the mini-batch gradient around its own mean
    double law = none;       ///< σ²/B with replacement, σ²/B · (N − B)/(N − 1) without
    double ratio() const { return law > 0 ? variance / law : none; }
  };

  std::size_t samples = 0;  ///< N
  int batches = 0;          ///< of each size
  bool replacement = true;
  double sigma2 = none;      ///< variance of the gradient of one sample, over all N
  double mean_norm2 = none;  ///< squared norm of the mean of these gradients, which is the whole gradient
  std::vector<Row> rows{};   ///< in the order of `.batch_sizes`

  /// Exponent of B in the measured variances, the factor (N − B)/(N − 1) taken out of them: −1 where the law holds.
  /// Least squares in log B; NaN with fewer than two sizes.
  template <class = detail::WhereCalled>
  double slope() const {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (const Row& row : rows) {
      const double factor = shrink(row.batch_size);
      if (!(factor > 0 && row.variance > 0)) continue;
      const double x = std::log(static_cast<double>(row.batch_size)), y = std::log(row.variance / factor);
      n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    const double spread = n * sxx - sx * sx;
    return spread > 0 ? (n * sxy - sx * sy) / spread : none;
  }

  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](double value) { return detail::number_text(value, 4); };
    return detail::concat({"gradient variance, ", batches, " batches of each size from ", samples, " samples ",
                           replacement ? "with" : "without", " replacement: one sample's ", number(sigma2),
                           ", squared norm of the mean ", number(mean_norm2), ", slope ", number(slope()), "\n",
                           table(4).text()});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

  /// A line for each batch size: batch_size, variance, law, ratio. Written whole or not at all; throws FileError.
  template <class = detail::WhereCalled>
  void write_csv(const std::filesystem::path& path) const {
    write_file(path, table(0).csv());
  }

  /// (N − B)/(N − 1) without replacement, else 1: the factor by which drawing each sample once shrinks the variance.
  double shrink(std::size_t batch_size) const {
    if (replacement || samples < 2) return 1;
    return (static_cast<double>(samples) - static_cast<double>(batch_size)) / (static_cast<double>(samples) - 1);
  }

 private:
  template <class = detail::WhereCalled>
  TextTable table(int digits) const {
    const auto number = [&](double value) { return detail::number_text(value, digits); };
    TextTable text({"batch_size", "variance", "law", "ratio"}, 0);
    for (const Row& row : rows)
      text.add({std::to_string(row.batch_size), number(row.variance), number(row.law), number(row.ratio())});
    return text;
  }
};

namespace detail {

/// Mean and spread of vectors that come one by one. (Welford 1962)
class Scatter {
 public:
  explicit Scatter(std::size_t size) : mean_(size) {}

  template <class T>
  void add(std::span<const T> values) {
    count_ += 1;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double value = static_cast<double>(values[i]), from = value - mean_[i];
      mean_[i] += from / count_;
      squares_ += from * (value - mean_[i]);
    }
  }
  double squares() const { return squares_; }  // the sum of |v − mean|² over v
  double mean_norm2() const { return sum_of_squares(std::span(mean_)); }

 private:
  std::vector<double> mean_;
  double count_ = 0, squares_ = 0;
};

/// The options' sizes, or the default ones, checked.
template <class Net>
std::vector<std::size_t> variance_batch_sizes(const GradientVarianceOptions& options, std::size_t samples) {
  std::vector<std::size_t> sizes;
  for (const int size : options.batch_sizes) {
    require_at_least("gradient_variance", "a batch size", size, 1);
    sizes.push_back(static_cast<std::size_t>(size));
  }
  if (sizes.empty())
    for (std::size_t size = (std::max)(counts_of<Net>.min_batch, std::size_t{1});
         size <= (std::min)(samples, std::size_t{256}); size *= 2)
      sizes.push_back(size);
  if (sizes.empty()) require_training_batch<Net>(samples, samples, "gradient_variance");
  for (const std::size_t size : sizes) {
    require_training_batch<Net>(size, size, "gradient_variance");
    if (!options.replacement && size > samples)
      throw TrainingError(
          concat({"gradient_variance: batches of ", size, " without replacement from ", samples, " samples"}));
  }
  return sizes;
}

/// The rows of a batch, all equally likely. `order` is a permutation of all rows, and stays one.
inline void draw_rows(std::span<std::size_t> rows, std::span<std::size_t> order, bool replacement,
                      const Random& random) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (replacement) {
      rows[i] = static_cast<std::size_t>(random.below(i, order.size()));
      continue;
    }
    std::swap(order[i], order[i + static_cast<std::size_t>(random.below(i, order.size() - i))]);
    rows[i] = order[i];
  }
}

}  // namespace detail

/// How much the gradient of a mini-batch varies from batch to batch, for each batch size B, beside the law: the
/// gradient of a batch is a mean of B samples' gradients, so its variance is that of one, σ², over B. σ² is exact: the
/// gradient of every sample is computed. `source` is a Dataset or any other DataSource; the model isn't changed.
///
/// Training mode. With Dropout every pass has masks of its own, and their noise is part of σ²; drawing without
/// replacement doesn't shrink that part. With BatchNorm a sample has no gradient of its own, since its batch decides
/// how it is normalised: the variances are measured, but sigma2, mean_norm2 and the law are NaN. (fold_batchnorm gives
/// a network with the running statistics, whose samples don't see each other.)
///
/// Throws DataError for a source with sample weights, whose batch gradient is no mean of B numbers, and for data that
/// don't fit; TrainingError for settings that can't work; ShapeError for a batch that is too small for BatchNorm.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
GradientVariance gradient_variance(const Model<Net, T>& model, const S& source, const L& loss,
                                   const GradientVarianceOptions& options = {}) {
  static_assert(detail::require_source_type<Net, T, L, S>());
  detail::require_source<Net, L>(source, "gradient_variance: the data");
  if (detail::has_weights(source))
    throw DataError("gradient_variance: the data have sample weights, expected samples that all count the same");
  detail::require_at_least("gradient_variance", "batches", options.batches, 2);
  const std::size_t samples = source.size();
  const std::vector<std::size_t> sizes = detail::variance_batch_sizes<Net>(options, samples);

  const std::size_t largest = sizes.empty() ? 1 : *std::max_element(sizes.begin(), sizes.end());
  Model<Net, T> work = model;  // its running statistics move
  State state(work, SGD{}, {.max_batch = static_cast<int>(largest), .seed = options.seed});
  detail::Batches<Net, T, L> batch(source, largest);
  const auto add_gradient = [&](detail::Scatter& to, std::span<const std::size_t> rows) {
    batch.gather(source, rows, "gradient_variance");
    ++state.work().step;  // other dropout masks
    detail::gradients_of<Isa>(work, state, loss, batch.x(), rows.size(), batch.template targets<Isa>(rows.size()));
    to.add(state.gradients());
  };

  GradientVariance result{.samples = samples, .batches = options.batches, .replacement = options.replacement};
  if constexpr (detail::counts_of<Net>.min_batch < 2) {
    detail::Scatter one(Model<Net, T>::num_parameters);
    for (std::size_t row = 0; row < samples; ++row) add_gradient(one, std::span(&row, 1));
    result.sigma2 = one.squares() / static_cast<double>(samples);
    result.mean_norm2 = one.mean_norm2();
  }
  std::vector<std::size_t> order(samples), rows(largest);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t drawn = 0;
  for (const std::size_t size : sizes) {
    detail::Scatter batches(Model<Net, T>::num_parameters);
    const std::span<std::size_t> these = std::span(rows).first(size);
    for (int i = 0; i < options.batches; ++i) {
      detail::draw_rows(these, order, options.replacement, Random(options.seed, Stream::shuffle, drawn++));
      add_gradient(batches, these);
    }
    result.rows.push_back({.batch_size = size,
                           .variance = batches.squares() / (options.batches - 1),
                           .law = result.sigma2 / static_cast<double>(size) * result.shrink(size)});
  }
  return result;
}

}  // namespace evomlp
