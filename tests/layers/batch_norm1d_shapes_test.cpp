// SPDX-License-Identifier: MIT
// BatchNorm1d's forward and backward in training at many widths and batches, against the formulas in double.
#include "evomlp/layers/batch_norm1d.hpp"
#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/problem.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

using evomlp::BatchNorm1d;
namespace kernels = evomlp::kernels;

namespace {

/// What the network hands the layer: `self[tag]` and `grad[tag]`.
template <std::size_t N, class T, class Isa>
struct Memory {
  using L = BatchNorm1d<N>;
  using V = kernels::Vector<T, Isa>;

  V operator[](decltype(L::weight)) const { return weight; }
  V operator[](decltype(L::bias)) const { return bias; }
  V operator[](decltype(L::running_mean)) const { return running_mean; }
  V operator[](decltype(L::running_var)) const { return running_var; }
  V operator[](decltype(L::mean)) const { return mean; }
  V operator[](decltype(L::inverse_std)) const { return inverse_std; }
  V operator[](decltype(L::sum_dy)) const { return {}; }
  V operator[](decltype(L::sum_dweight)) const { return {}; }
  std::size_t batch_rows() const { return rows; }
  void sum_over_batch(V) const {}
  V summed_over_batch(V own, V) const { return own; }

  std::size_t rows;
  V weight, bias, running_mean, running_var, mean, inverse_std;
};

/// How many features come out wrong. The bounds follow a sum of `rows` terms through the formulas: q is the relative
/// error that the mean and the variance leave in a deviation.
template <std::size_t N, class Isa, class T>
int wrong_features(std::size_t rows, evomlp_test::Draw& draw) {
  using evomlp_test::near;
  std::vector<float> x(rows * N), dy(rows * N), w(N), b(N);
  for (auto* values : {&x, &dy, &w, &b}) draw.fill_normal(std::span(*values));
  const auto place = [&](const std::vector<float>& values) { return evomlp_test::placed<T>(values, draw); };
  auto px = place(x), pdy = place(dy), pw = place(w), pb = place(b), old_mean = place(b), old_var = place(w);
  const auto room = [&](std::size_t size) { return evomlp_test::room<T>(size, draw); };
  auto mean = room(N), inverse_std = room(N), dw = room(N), db = room(N), y = room(rows * N), dx = room(rows * N);
  const auto vector = [](auto& memory) { return kernels::Vector<T, Isa>{memory.data(), N}; };
  const auto matrix = [&](auto& memory) { return kernels::Matrix<T, Isa>{memory.data(), rows, N}; };
  const Memory<N, T, Isa> self{rows,         vector(pw),         vector(pb), vector(old_mean), vector(old_var),
                               vector(mean), vector(inverse_std)};
  const Memory<N, T, Isa> grad{rows, vector(dw), vector(db), {}, {}, {}, {}};
  BatchNorm1d<N>::forward(self, matrix(px), matrix(y));
  BatchNorm1d<N>::backward(self, grad, matrix(px), matrix(y), matrix(pdy), matrix(dx));

  const double n = static_cast<double>(rows);
  const double eps = static_cast<double>(std::numeric_limits<T>::epsilon()) * (n + 8);
  int result = 0;
  for (std::size_t j = 0; j < N; ++j) {
    const auto at = [&](const std::vector<float>& values, std::size_t i) { return double{values[i * N + j]}; };
    double m = 0, size = 0, v = 0, dbias = 0, dweight = 0, all = 0;
    for (std::size_t i = 0; i < rows; ++i) m += at(x, i) / n, size += std::abs(at(x, i)) / n;
    for (std::size_t i = 0; i < rows; ++i) v += (at(x, i) - m) * (at(x, i) - m);
    const double s = 1 / std::sqrt(v / n + 1e-5), q = eps * (1 + s * size), gain = std::abs(double{w[j]});
    const auto normal = [&](std::size_t i) { return (at(x, i) - m) * s; };
    for (std::size_t i = 0; i < rows; ++i) {
      dbias += at(dy, i);
      dweight += at(dy, i) * normal(i);
      all += std::abs(at(dy, i)) * (1 + std::abs(normal(i)));
    }
    bool right = near(old_mean[j], 0.9 * double{b[j]} + 0.1 * m, eps * (std::abs(double{b[j]}) + size)) &&
                 near(old_var[j], 0.9 * double{w[j]} + 0.1 * v / (n - 1), 2 * q * (gain + v / (n - 1))) &&
                 near(db[j], dbias, eps * all) && near(dw[j], dweight, 2 * q * all);
    for (std::size_t i = 0; i < rows; ++i) {
      const double h = normal(i), to = double{w[j]} * h + double{b[j]};
      const double slope = double{w[j]} * s * (at(dy, i) - (dbias + h * dweight) / n);
      right = right && near(y[i * N + j], to, 2 * q * (gain * (1 + std::abs(h)) + std::abs(double{b[j]}))) &&
              near(dx[i * N + j], slope, 4 * q * gain * s * (std::abs(at(dy, i)) + (1 + std::abs(h)) * all / n));
    }
    result += right ? 0 : 1;
  }
  for (const auto* memory : {&px, &pdy, &pw, &pb, &old_mean, &old_var, &mean, &inverse_std, &dw, &db, &y, &dx})
    result += memory->intact() ? 0 : 1;
  return result;
}

template <std::size_t N>
void check_width() {
  evomlp_test::Draw draw(N);
  for (const std::size_t rows : {2u, 3u, 8u, 31u, 100u, 257u}) {
    CAPTURE(N);
    CAPTURE(rows);
    evomlp_test::over_few_setups([&]<class Isa, class T>() { REQUIRE(wrong_features<N, Isa, T>(rows, draw) == 0); });
  }
}

}  // namespace

TEST_CASE("BatchNorm1d forward and backward agree with the formulas, with vectors full, not quite full, and one over") {
  check_width<1>();
  check_width<7>();
  check_width<17>();
  check_width<48>();
  check_width<71>();
}
