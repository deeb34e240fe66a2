// SPDX-License-Identifier: MIT
// The initialisers: He, Xavier, LeCun, normal, zeros, and He with scaled residual branches.
#pragma once

#include "evomlp/core/require.hpp"
#include "evomlp/init/initializer.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

namespace evomlp::init {

namespace detail {

/// values[i] = N(mean, stddev²); through fma, so that every compiler gives the same bits.
template <class T>
void draw_normal(const Random& random, double mean, double stddev, std::span<T> values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(std::fma(stddev, random.normal(i), mean));
}
/// values[i] uniform in [−limit, limit)
template <class T>
void draw_uniform(const Random& random, double limit, std::span<T> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(std::fma(2 * limit, random.uniform(i), -limit));
}
template <class T>
void fill_zeros(std::span<T> values) {
  for (T& value : values) value = T(0);
}

/// Weight matrices with the variance that `Variance` gives for (in, out); the rest starts at 0.
template <class Variance, bool uniform>
struct Scaled {
  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    if (parameter.rank != 2) return fill_zeros(values);
    const double variance = Variance::of(static_cast<double>(parameter.in), static_cast<double>(parameter.out));
    if constexpr (uniform)
      draw_uniform(context.random, std::sqrt(3 * variance), values);
    else
      draw_normal(context.random, 0, std::sqrt(variance), values);
  }
};

struct He {
  static double of(double in, double) { return 2 / in; }
};
struct Xavier {
  static double of(double in, double out) { return 2 / (in + out); }
};
struct LeCun {
  static double of(double in, double) { return 1 / in; }
};

struct Normal {
  double mean, stddev;

  template <class T>
  void operator()(const ParameterInfo&, const InitContext& context, std::span<T> values) const {
    draw_normal(context.random, mean, stddev, values);
  }
};

struct Zeros {
  template <class T>
  void operator()(const ParameterInfo&, const InitContext&, std::span<T> values) const {
    fill_zeros(values);
  }
};

struct ResidualScaled {
  std::optional<double> gain;

  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> values) const {
    Scaled<He, false>{}(parameter, context, values);
    if (parameter.branches_ended == 0) return;
    // Products, not std::pow, whose last bit depends on the standard library.
    const double factor = gain ? *gain : 1 / std::sqrt(static_cast<double>(context.residual_blocks));
    double scale = gain ? 1 : 1 / parameter.branch_lambda;
    for (std::size_t i = 0; i < parameter.branches_ended; ++i) scale *= factor;
    for (T& value : values) value = static_cast<T>(static_cast<double>(value) * scale);
  }
};

}  // namespace detail

/// Weights N(0, 2/in): keeps the second moment through ReLU. Biases 0. (He et al. 2015)
constexpr auto he_normal() { return detail::Scaled<detail::He, false>{}; }
/// Weights U(−√(6/in), √(6/in)), the same variance 2/in. Biases 0. (He et al. 2015)
constexpr auto he_uniform() { return detail::Scaled<detail::He, true>{}; }
/// Weights N(0, 2/(in + out)): for tanh and sigmoid. Biases 0. (Glorot and Bengio 2010)
constexpr auto xavier_normal() { return detail::Scaled<detail::Xavier, false>{}; }
/// Weights U(−√(6/(in + out)), √(6/(in + out))). Biases 0. (Glorot and Bengio 2010)
constexpr auto xavier_uniform() { return detail::Scaled<detail::Xavier, true>{}; }
/// Weights N(0, 1/in): keeps the variance through linear layers. Biases 0. (LeCun et al. 1998)
constexpr auto lecun_normal() { return detail::Scaled<detail::LeCun, false>{}; }
/// Weights U(−√(3/in), √(3/in)). Biases 0. (LeCun et al. 1998)
constexpr auto lecun_uniform() { return detail::Scaled<detail::LeCun, true>{}; }

/// Weights and biases N(mean, stddev²), all that have no start of their own. What starts elsewhere by its nature (the
/// norms at γ = 1 and β = 0, ReZero's α at 0, Highway's gate bias at −1) still does. Throws TrainingError for a mean that
/// isn't finite and a stddev below 0.
constexpr auto normal(double mean, double stddev) {
  evomlp::detail::require_finite("init::normal", "mean", mean);
  evomlp::detail::require_not_negative("init::normal", "stddev", stddev);
  return detail::Normal{mean, stddev};
}

/// Everything 0, but for what starts elsewhere by its nature.
constexpr auto zeros() { return detail::Zeros{}; }

/// He, and the last weight matrix of every residual branch times 1/(λ√L), L the number of residual blocks in the net:
/// the sum of L branches then has the scale of one. A branch with λ = 0 counts as λ = 1; ReZero stays He.
/// (after Zhang et al. 2019 and Radford et al. 2019)
constexpr auto residual_scaled() { return detail::ResidualScaled{}; }
/// The same with `gain` in place of 1/(λ√L). Throws TrainingError for one that isn't finite.
constexpr auto residual_scaled(double gain) {
  evomlp::detail::require_finite("init::residual_scaled", "gain", gain);
  return detail::ResidualScaled{gain};
}

}  // namespace evomlp::init
