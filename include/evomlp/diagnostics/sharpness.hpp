// SPDX-License-Identifier: MIT
// sharpness: the largest eigenvalue of the loss's Hessian, on a network of any size.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/random.hpp"
#include "evomlp/core/require.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/hessian_vector.hpp"
#include "evomlp/diagnostics/norm.hpp"
#include "evomlp/diagnostics/objective.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace evomlp {

struct SharpnessOptions {
  int iterations = 100;     ///< products H v at most, and one to check; twice that where a second search is needed
  double tolerance = 0.01;  ///< converged: residual ≤ tolerance · |value|
  double step = 0;          ///< of the difference quotient: see HessianOptions
  int batch_size = 256;     ///< of a data source
  std::uint64_t seed = 0;   ///< of the first direction, the dropout masks, and a source's batches
};

/// What sharpness found.
struct Sharpness {
  double value = 0;                 ///< the largest eigenvalue: vᵀHv of a unit vector v
  int iterations = 0;               ///< products H v that it took
  bool converged = false;           ///< residual as small as asked, and no vᵀHv seen on the way was larger than value
  double residual = 0;              ///< ‖Hv − value·v‖; once small enough, the larger of that by step and by step/4
  double dominant = 0;              ///< the eigenvalue of largest absolute value: `value`, or a negative one
  std::vector<double> direction{};  ///< v, in the order of parameter_table<Net>

  /// "sharpness 12.3 (±0.05, 31 products H v)", a line.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto number = [](double x) { return detail::number_text(x, 4); };
    std::string text = detail::concat({"sharpness ", number(value), " (±", detail::number_text(residual, 2), ", ",
                                       iterations, " products H v", converged ? ")" : ", not converged)"});
    if (dominant < 0) text += "; larger in absolute value: the eigenvalue " + number(dominant);
    return text + "\n";
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }
};

namespace detail {

/// What the products on the way to an eigenvalue have shown about all eigenvalues.
struct SeenOfMatrix {
  double scale = 0;                                           ///< the largest ‖A v‖: at most the largest |eigenvalue|
  double highest = -std::numeric_limits<double>::infinity();  ///< the largest vᵀAv: at most the largest eigenvalue
};

/// The power iteration on A + shift·I, from found.direction on: it goes to the eigenvalue of A farthest from −shift.
/// `times(v, to, share)` is to = A v, by differences over that share of the step.
template <class = WhereCalled>
void power_iteration(auto&& times, double shift, const SharpnessOptions& options, SeenOfMatrix& seen,
                     Sharpness& found) {
  std::vector<double>& v = found.direction;
  std::vector<double> w(v.size());
  const auto product = [&](double share) {  // returns the residual
    times(std::span<const double>(v), std::span<double>(w), share);
    ++found.iterations;
    if (share == 1) found.value = std::inner_product(v.begin(), v.end(), w.begin(), 0.0);
    double squares = 0;
    for (std::size_t j = 0; j < v.size(); ++j) squares += (w[j] - found.value * v[j]) * (w[j] - found.value * v[j]);
    return std::sqrt(squares);
  };
  for (int i = 0;; ++i) {
    found.residual = product(1);
    seen.scale = (std::max)(seen.scale, norm(std::span(w)));
    seen.highest = (std::max)(seen.highest, found.value);
    const double allowed = options.tolerance * std::abs(found.value);
    if (found.residual <= allowed) {
      // The jump at a kink passes for an eigenvalue, with a direction of its own; but it changes with the step.
      found.residual = (std::max)(found.residual, product(0.25));
      found.converged = found.residual <= allowed;
      return;
    }
    found.converged = false;
    if (i + 1 == options.iterations) return;
    for (std::size_t j = 0; j < v.size(); ++j) w[j] += shift * v[j];
    const double length = norm(std::span(w));
    for (std::size_t j = 0; j < v.size(); ++j) v[j] = w[j] / length;
  }
}

template <class = WhereCalled>
std::vector<double> random_unit_vector(std::size_t size, const Random& random) {
  std::vector<double> v(size);
  for (std::size_t i = 0; i < size; ++i) v[i] = random.normal(i);
  const double length = norm(std::span(v));
  for (double& one : v) one /= length;
  return v;
}

/// The largest eigenvalue of the symmetric matrix behind `times`.
template <class = WhereCalled>
Sharpness largest_eigenvalue(auto&& times, std::size_t size, const SharpnessOptions& options) {
  Sharpness found;
  SeenOfMatrix seen;
  found.direction = random_unit_vector(size, Random(options.seed, Stream::direction, 0));
  power_iteration(times, 0, options, seen, found);
  double before = 0;
  if (!found.converged || found.value < 0) {
    // Either the largest in absolute value is negative, or two of opposite sign don't let it settle. A shift by the
    // largest absolute value known so far makes the positive one the largest.
    if (found.converged) {
      before = found.value;
      found.direction = random_unit_vector(size, Random(options.seed, Stream::direction, 1));
    }
    power_iteration(times, seen.scale, options, seen, found);
  }
  found.dominant = before < -std::abs(found.value) ? before : found.value;
  if (found.value < seen.highest - options.tolerance * std::abs(found.value)) found.converged = false;
  return found;
}

template <class = WhereCalled>
void require_sharpness_options(const SharpnessOptions& options) {
  require_at_least("sharpness", "iterations", options.iterations, 1);
  require_not_negative("sharpness", "tolerance", options.tolerance);
}

template <class = WhereCalled>
auto sharpness_with(const SharpnessOptions& options) {
  return [&options, step = hessian_step(options.step, "sharpness")](auto& objective) {
    const auto times = [&](std::span<const double> v, std::span<double> to, double share) {
      objective.hessian_times(v, share * step, to);
    };
    return largest_eigenvalue(times, objective.size, options);
  };
}

}  // namespace detail

/// The largest eigenvalue (the largest, not the largest in absolute value) of the Hessian of the loss on the batch
/// (x, y) in training mode: how sharply the loss bends upwards around the model. Gradient descent at a rate above
/// 2/sharpness overshoots along that direction.
///
/// Power iteration on differences of gradients (hessian_vector) in double, from a random direction. It ends at the
/// eigenvalue of largest absolute value; where that is negative, or two of opposite sign don't let it settle, a second
/// search on H + c·I, with c the largest ‖Hv‖ seen, looks for the largest. The model isn't changed.
///
/// Only a converged value is one to use: otherwise it can be off by more than residual, in either direction. Where the
/// loss has kinks (ReLU) it is the curvature of the smooth piece on which the model lies, without the gradient's jumps
/// from piece to piece, by which the loss can bend much more over a longer way. A model that lies on a kink itself (a
/// unit whose input is 0: no bias yet, and all units before it off) has no second derivative: it ends unconverged,
/// since the differences grow as 1/step.
///
/// Throws ShapeError, DataError, and TrainingError for invalid options and where a gradient isn't finite.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
Sharpness sharpness(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x, const xt::xexpression<Y>& y,
                    const SharpnessOptions& options = {}) {
  detail::require_sharpness_options(options);
  return detail::with_objective<double, Isa>(model, loss, x.derived_cast(), y.derived_cast(), options.seed,
                                             LossMode::training, "sharpness", detail::sharpness_with(options));
}

/// The same of the mean loss over a whole data source, in batches. They are of (nearly) equal size and drawn once:
/// without BatchNorm and Dropout their size makes no difference but in rounding.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
Sharpness sharpness(const Model<Net, T>& model, const S& source, const L& loss, const SharpnessOptions& options = {}) {
  detail::require_sharpness_options(options);
  return detail::with_objective<double, Isa>(model, loss, source, options.batch_size, options.seed, LossMode::training,
                                             "sharpness", detail::sharpness_with(options));
}

}  // namespace evomlp
