// SPDX-License-Identifier: MIT
// hessian: all second derivatives of a small network's loss, and their eigenvalues.
#pragma once

#include "evomlp/core/concat.hpp"
#include "evomlp/core/number_text.hpp"
#include "evomlp/core/tensor.hpp"
#include "evomlp/core/where_called.hpp"
#include "evomlp/diagnostics/hessian_vector.hpp"
#include "evomlp/diagnostics/symmetric_eigenvalues.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace evomlp {

/// What hessian found.
struct Hessian {
  Tensor<double> matrix{};            ///< (parameters, parameters), in the order of parameter_table<Net>
  std::vector<double> eigenvalues{};  ///< ascending
  /// The largest |H_ij − H_ji| of the differences, before their mean was taken: how far off the entries may be. Large
  /// beside them where the step meets kinks (ReLU).
  double asymmetry = 0;

  /// Eigenvalues of both signs, beyond what the differences' error can make of 0: no minimum, no maximum, and the loss
  /// isn't convex.
  bool indefinite() const { return eigenvalues.front() < -error_bound() && eigenvalues.back() > error_bound(); }

  /// "Hessian of 4 parameters: eigenvalues -0.0976 to 0.1601, 1 negative, indefinite", a line.
  template <class = detail::WhereCalled>
  std::string to_string() const {
    const auto negative =
        std::count_if(eigenvalues.begin(), eigenvalues.end(), [&](double e) { return e < -error_bound(); });
    return detail::concat({"Hessian of ", eigenvalues.size(), " parameters: eigenvalues ",
                           detail::number_text(eigenvalues.front(), 4), " to ",
                           detail::number_text(eigenvalues.back(), 4), ", ", negative, " negative",
                           indefinite() ? ", indefinite\n" : "\n"});
  }
  template <class = detail::WhereCalled>
  void print(std::FILE* to = stdout) const {
    std::fputs(to_string().c_str(), to);
  }

 private:
  // An eigenvalue moves by at most the norm of what is added to the matrix, and that is at most n times its largest
  // entry.
  double error_bound() const { return asymmetry * static_cast<double>(eigenvalues.size()); }
};

namespace detail {

/// The Hessian of an objective, column by column.
template <class = WhereCalled>
auto hessian_by(double step) {
  return [step](auto& objective) {
    constexpr std::size_t n = std::remove_reference_t<decltype(objective)>::size;
    constexpr bool few = n >= 1 && n <= 1000;
    static_assert(few, "evomlp::hessian: for networks of 1 to 1000 parameters; sharpness and hessian_vector take any");
    std::vector<double> columns(n * n), unit(n);
    for (std::size_t j = 0; j < n; ++j) {
      unit[j] = 1;
      objective.hessian_times(unit, step, std::span(columns).subspan(j * n, n));
      unit[j] = 0;
    }
    Hessian result;
    result.matrix = make_matrix<double>(n, n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        result.matrix(i, j) = (columns[i * n + j] + columns[j * n + i]) / 2;
        result.asymmetry = (std::max)(result.asymmetry, std::abs(columns[i * n + j] - columns[j * n + i]));
      }
    result.eigenvalues = symmetric_eigenvalues({result.matrix.data(), result.matrix.data() + n * n}, n);
    return result;
  };
}

}  // namespace detail

/// The Hessian ∂²L/∂θ² of the loss on the batch (x, y) in training mode, column by column as hessian_vector has it,
/// then made symmetric: two gradients for each parameter. For networks of up to a thousand parameters; `sharpness`
/// takes any. The model isn't changed. Throws as hessian_vector.
template <class Net, class T, Loss L, class X, class Y, class Isa = isa::ThisTarget>
Hessian hessian(const Model<Net, T>& model, const L& loss, const xt::xexpression<X>& x, const xt::xexpression<Y>& y,
                const HessianOptions& options = {}) {
  const double step = detail::hessian_step(options.step, "hessian");
  return detail::with_objective<double, Isa>(model, loss, x.derived_cast(), y.derived_cast(), options.seed,
                                             LossMode::training, "hessian", detail::hessian_by(step));
}

/// The same for the mean loss over a data source.
template <class Net, class T, DataSource S, Loss L, class Isa = isa::ThisTarget>
Hessian hessian(const Model<Net, T>& model, const S& source, const L& loss, const HessianOptions& options = {}) {
  const double step = detail::hessian_step(options.step, "hessian");
  return detail::with_objective<double, Isa>(model, loss, source, options.batch_size, options.seed, LossMode::training,
                                             "hessian", detail::hessian_by(step));
}

}  // namespace evomlp
