// SPDX-License-Identifier: MIT
// The eigenvalues of a small symmetric matrix, without LAPACK.
#pragma once

#include "evomlp/core/portable_math.hpp"
#include "evomlp/core/where_called.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace evomlp::detail {

/// Eigenvalues, ascending, of the symmetric n × n matrix `a` (row-major, taken by value), by cyclic Jacobi rotations:
/// each makes one off-diagonal entry 0, until all are negligible beside the diagonal. Exact to rounding for small
/// eigenvalues too; about 10 n³ multiplications a sweep and 6 to 10 sweeps: for n up to a thousand.
/// NaN throughout where an entry isn't finite, or the sum of their squares. (Golub, Van Loan, "Matrix
/// Computations", 8.5)
template <class = WhereCalled>
std::vector<double> symmetric_eigenvalues(std::vector<double> a, std::size_t n) {
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return a[i * n + j]; };
  constexpr int most_sweeps = 60;  // it converges quadratically
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    double beside = 0, all = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        all += at(i, j) * at(i, j);
        if (i != j) beside += at(i, j) * at(i, j);
      }
    if (!portable::is_finite(all)) return std::vector<double>(n, std::numeric_limits<double>::quiet_NaN());
    if (beside <= 1e-32 * all) break;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (at(p, q) == 0) continue;
        const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {  // columns p and q, then rows
          const double kp = at(k, p), kq = at(k, q);
          at(k, p) = c * kp - s * kq;
          at(k, q) = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double pk = at(p, k), qk = at(q, k);
          at(p, k) = c * pk - s * qk;
          at(q, k) = s * pk + c * qk;
        }
      }
  }
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = at(i, i);
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace evomlp::detail
