// SPDX-License-Identifier: MIT
// BatchNorm1d: each feature brought to mean 0 and variance 1 over the batch.
#pragma once

#include "evomlp/contract/concepts.hpp"
#include "evomlp/contract/declare.hpp"
#include "evomlp/core/real.hpp"
#include "evomlp/kernels/each.hpp"

#include <cstddef>

namespace evomlp {

/// Which variance of a batch of n the running variance averages: Σ(x−μ)²/(n−1) as PyTorch, or Σ(x−μ)²/n.
enum RunningVariance { unbiased, biased };

namespace detail {

// Outside the layer's template: one instantiation for all widths.
struct BatchNormFormulas {
  static constexpr auto average = [](auto sum, auto n) { return sum / n; };
  static constexpr auto squared_deviation = [](auto x, auto mean) { return (x - mean) * (x - mean); };
  static constexpr auto moved = [](auto old, auto sum, auto n, auto momentum) { return old + momentum * (sum / n - old); };
  static constexpr auto inverse = [](auto sum, auto n, auto eps) { return 1 / sqrt(sum / n + eps); };
  static constexpr auto normalised = [](auto x, auto mean, auto inverse_std, auto weight, auto bias) {
    return (x - mean) * inverse_std * weight + bias;
  };
  static constexpr auto predicted = [](auto x, auto mean, auto variance, auto weight, auto bias, auto eps) {
    return (x - mean) / sqrt(variance + eps) * weight + bias;
  };
  static constexpr auto dweight = [](auto dy, auto x, auto mean, auto inverse_std) { return dy * (x - mean) * inverse_std; };
  static constexpr auto input_gradient = [](auto dy, auto x, auto n, auto mean, auto inverse_std, auto weight, auto dbias, auto dweight) {
    return weight * inverse_std * (dy - (dbias + (x - mean) * inverse_std * dweight) / n);
  };
};

}  // namespace detail

/// y = (x − mean) / sqrt(variance + eps) · weight + bias, feature by feature; weight starts at 1, bias at 0.
///
/// Training: mean and variance (biased) of the batch, which needs at least 2 samples (of the rows that one process has,
/// unless fit is told to `.sync_batchnorm`); the running statistics move by
/// new = (1 − momentum) · old + momentum · batch. Prediction: the running statistics, which start at mean 0 and
/// variance 1, and are saved with the model. (Ioffe and Szegedy 2015; conventions of PyTorch)
template <std::size_t N, RunningVariance running = unbiased, Real momentum = 0.1, Real eps = 1e-5>
struct BatchNorm1d : private detail::BatchNormFormulas {
  static_assert(N > 0, "evomlp::BatchNorm1d: a width of 0");
  static_assert(eps.value() >= 0, "evomlp::BatchNorm1d: eps is negative");
  static_assert(momentum.value() >= 0 && momentum.value() <= 1, "evomlp::BatchNorm1d: a momentum outside [0, 1]");
  static constexpr std::size_t in_features = N, out_features = N;
  static constexpr std::size_t min_batch = 2;  // in training
  static constexpr bool any_destination = true, any_dy = true;

  static constexpr Parameter<"weight", N> weight{.initial = 1};
  static constexpr Parameter<"bias", N> bias{.initial = 0};
  static constexpr Buffer<"running_mean", N> running_mean{.initial = 0};
  static constexpr Buffer<"running_var", N> running_var{.initial = 1};
  static constexpr Saved<"mean", N> mean{};
  static constexpr Saved<"inverse_std", N> inverse_std{};
  static constexpr auto parameters = table(weight, bias);
  static constexpr auto buffers = table(running_mean, running_var);
  static constexpr Saved<"sum_dy", N> sum_dy{};
  static constexpr Saved<"sum_dweight", N> sum_dweight{};
  static constexpr auto saved = table(mean, inverse_std, sum_dy, sum_dweight);

  static void predict(auto self, auto x, auto y) {
    kernels::each(y, predicted, x, self[running_mean], self[running_var], self[weight], self[bias], kernels::Constant{eps.value()});
  }

  static void forward(auto self, auto x, auto y) {
    const auto m = self[mean], s = self[inverse_std];
    const double rows = static_cast<double>(self.batch_rows());
    const kernels::Constant n{rows}, n_running{running == unbiased ? rows - 1 : rows}, rate{momentum.value()};
    kernels::column_sums(x, m);
    self.sum_over_batch(m);
    kernels::each(self[running_mean], moved, self[running_mean], m, n, rate);
    kernels::each(m, average, m, n);
    kernels::sums(x.rows, s, squared_deviation, x, m);
    self.sum_over_batch(s);
    kernels::each(self[running_var], moved, self[running_var], s, n_running, rate);
    kernels::each(s, inverse, s, n, kernels::Constant{eps.value()});
    kernels::each(y, normalised, x, m, s, self[weight], self[bias]);
  }

  static void backward(auto self, auto grad, auto x, auto /*y*/, auto dy, auto dx) {
    const auto m = self[mean], s = self[inverse_std];
    const kernels::Constant n{static_cast<double>(self.batch_rows())};
    kernels::column_sums(dy, grad[bias]);
    kernels::sums(x.rows, grad[weight], dweight, dy, x, m, s);
    const auto dbias_all = self.summed_over_batch(grad[bias], self[sum_dy]);
    const auto dweight_all = self.summed_over_batch(grad[weight], self[sum_dweight]);
    kernels::each(dx, input_gradient, dy, x, n, m, s, self[weight], dbias_all, dweight_all);
  }
};

}  // namespace evomlp
