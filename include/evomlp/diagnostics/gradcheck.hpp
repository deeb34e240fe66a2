// SPDX-License-Identifier: MIT
// gradcheck: backward against finite differences, entry by entry.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/in_double.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evomlp {

struct GradCheckOptions {
  double step = 0;         ///< of the difference quotient, relative to max(1, |entry|); 0: 1.2e-4
  std::uint64_t seed = 0;  ///< of the dropout masks, the same in every evaluation
};

/// What gradcheck found. Relative errors are |analytic − numeric| over the larger of the two; where both are below a
/// thousandth of the parameter's largest entry, or so small that rounding alone moves them by a ten-millionth of
/// themselves (a thousandth in float), over that bound instead.
struct GradCheck {
  double worst = 0;       ///< the largest relative error
  std::string key;        ///< where: a parameter's key, or "x"
  std::size_t index = 0;  ///< which entry, as it lies in memory ([in, out] for a weight, row-major for x)
  double analytic = 0, numeric = 0;
  std::string entry{};  ///< the same as PyTorch writes it: [out, in] for a weight, [sample, feature] for x

  /// "worst relative error 3.1e-10 at 0.weight[2, 0]: 0.123457 by backward, 0.123457 by differences", a line.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    if (key.empty()) return "no gradient differs from its difference\n";
    const auto number = [](double value, int digits) { return detail::number_text(value, digits); };
    return detail::concat({"worst relative error ", number(worst, 2), " at ", key, entry, ": ", number(analytic, 6),
                           " by backward, ", number(numeric, 6), " by differences\n"});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }
};

namespace detail {

/// f'(0) from four points, to the fourth power of the step.
double four_point_slope(auto f, double h) { return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h); }

/// "[7]" of a vector (cols 0), "[row, col]" of a matrix.
inline std::string entry_text(std::size_t index, std::size_t cols, bool transposed) {
  if (cols == 0) return concat({"[", index, "]"});
  std::size_t first = index / cols, second = index % cols;
  if (transposed) std::swap(first, second);
  return concat({"[", first, ", ", second, "]"});
}

}  // namespace detail

/// Compares every entry of every parameter's gradient, and of dL/dx, with a finite difference of the loss, in training
/// mode on the batch (x, y); and once more without dL/dx being asked for, as in training. Differences are taken in double
/// whatever the model's scalar, so that float shows no more than the rounding of its backward: layers and loss must
/// compile for both. The model isn't changed.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
GradCheck gradcheck(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x, const xt::xexpression<Y>& y,
                    const GradCheckOptions& options = {}) {
  const detail::WholeBatch<Net, T, L, Isa, X, Y> batch(x.derived_cast(), y.derived_cast(), "gradcheck");
  const std::size_t n = batch.rows();
  const StateOptions state_options{.max_batch = static_cast<int>(n), .seed = options.seed};

  Model<Net, T> work = model;
  State state(work, SGD{}, state_options);
  AlignedBuffer<T> dx(n * Net::in_features);
  // What a layer forgets to write, or adds to instead of overwriting, then shows as NaN.
  const auto evaluate_in_nan = [&](T* to) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const auto memory = state.work();
    constexpr detail::Layout layout = detail::layout_of<Net>(Net::in_features);
    std::fill_n(memory.gradients, layout.parameters, nan);
    std::fill_n(memory.saved, layout.saved(memory.capacity), nan);
    std::fill_n(memory.scratch, layout.scratch.training(memory.capacity), nan);
    std::fill(dx.begin(), dx.end(), nan);
    std::fill_n(memory.y, memory.capacity * Net::out_features, nan);
    std::fill_n(memory.dy, memory.capacity * Net::out_features, nan);
    std::copy(model.buffers().begin(), model.buffers().end(), work.buffers().begin());
    return detail::gradients_of<Isa>(work, state, loss, batch.x.data(), n, batch.y.view(), to);
  };
  // Twice: a layer whose parameter gradients need dx would be wrong as the first of a network.
  evaluate_in_nan(nullptr);
  const std::vector<T> gradients_without_dx(state.gradients().begin(), state.gradients().end());
  const double value = evaluate_in_nan(dx.data());
  const std::vector<T> gradients(state.gradients().begin(), state.gradients().end());

  const Model<Net, double> start = detail::in_double(model);
  Model<Net, double> exact = start;
  State exact_state(exact, SGD{}, state_options);
  const auto targets = batch.y.view().data;
  AlignedBuffer<double> input(batch.x.data(), batch.x.data() + dx.size());
  const AlignedBuffer<detail::TargetOf<L, double>> exact_targets(
      targets, targets + n * detail::targets_per_sample<L, Net::out_features>);
  const auto exact_loss = [&] {
    std::copy(start.buffers().begin(), start.buffers().end(), exact.buffers().begin());
    return detail::gradients_of<Isa>(exact, exact_state, loss, input.data(), n,
                                     detail::target_view<L, Isa, Net::out_features>(exact_targets.data(), n));
  };
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double step = options.step > 0 ? options.step : std::pow(epsilon, 0.25);
  const double rounding =
      (epsilon / step + static_cast<double>(std::numeric_limits<T>::epsilon())) * (std::max)(1.0, std::abs(value));
  const double noise = rounding * (std::is_same_v<T, float> ? 1e3 : 1e7);

  GradCheck result;
  const auto compare = [&](std::string_view key, std::span<double> values, std::span<const T> analytic,
                           std::size_t cols, bool transposed) {
    double largest = 0;
    for (const T g : analytic) largest = (std::max)(largest, std::abs(static_cast<double>(g)));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double before = values[i];
      const double numeric = detail::four_point_slope(
          [&](double by) {
            values[i] = before + by;
            return exact_loss();
          },
          step * (std::max)(1.0, std::abs(before)));
      values[i] = before;
      const double a = static_cast<double>(analytic[i]);
      const double floor = (std::max)(1e-3 * largest, noise);
      const double error = std::abs(a - numeric) / (std::max)({std::abs(a), std::abs(numeric), floor});
      if (!std::isnan(result.worst) && !(error <= result.worst))  // a NaN is the worst, and stays
        result = {error, std::string(key), i, a, numeric, detail::entry_text(i, cols, transposed)};
    }
  };
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (!info.trained) continue;
    const auto values = exact.values(info);
    const std::size_t cols = info.rank == 2 ? info.out : 0;
    for (const auto* analytic : {&gradients, &gradients_without_dx})
      compare(info.key, values, std::span<const T>(*analytic).subspan(info.offset, info.size), cols, true);
  }
  compare("x", input, dx, Net::in_features, false);
  return result;
}

}  // namespace evomlp
