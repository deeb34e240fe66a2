// SPDX-License-Identifier: MIT
// A Linear layer's numbers, and what the products of them are by the plain formula.
#pragma once

#include "support/draw.hpp"
#include "support/guarded.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace evomlp_test {

enum class Numbers {
  whole,    ///< every sum is exact, whatever its order: one wrong, missing or doubled term shows
  normal,   ///< sums depend on their order
  special,  ///< whole, with a NaN or an infinity in some places
};

/// Sums of products in double, and of the absolute values, which bound what rounding may do.
struct Sums {
  explicit Sums(std::size_t count) : value(count), size(count) {}

  void add(std::size_t i, double a, double b) {
    value[i] += a * b;
    size[i] += std::abs(a * b);
  }

  std::vector<double> value, size;
};

/// x (rows, in), w (in, out), b (out), dy (rows, out), all exact in float; y = x w, z = x w + b, dw = xᵀ dy, dx = dy
/// wᵀ.
struct Problem {
  Problem(std::size_t rows_, std::size_t in_, std::size_t out_, Numbers kind, Draw& draw)
      : rows(rows_),
        in(in_),
        out(out_),
        x(rows * in),
        w(in * out),
        b(out),
        dy(rows * out),
        y(rows * out),
        z(rows * out),
        dw(in * out),
        dx(rows * in) {
    for (std::vector<float>* values : {&x, &w, &b, &dy})
      kind == Numbers::normal ? draw.fill_normal(std::span(*values)) : draw.fill_whole(std::span(*values));
    if (kind == Numbers::special)
      for (std::vector<float>* values : {&x, &w, &b, &dy}) put_special(*values, draw);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < in; ++k)
        for (std::size_t j = 0; j < out; ++j) {
          const double x_ik = x[i * in + k], w_kj = w[k * out + j], dy_ij = dy[i * out + j];
          y.add(i * out + j, x_ik, w_kj);
          dw.add(k * out + j, x_ik, dy_ij);
          dx.add(i * in + k, dy_ij, w_kj);
        }
    z = y;
    for (std::size_t i = 0; i < z.value.size(); ++i) z.add(i, b[i % out], 1);
  }

  std::size_t rows, in, out;
  std::vector<float> x, w, b, dy;
  Sums y, z, dw, dx;

 private:
  static void put_special(std::vector<float>& values, Draw& draw) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (values.empty()) return;
    float& place = values[draw.size(0, values.size() - 1)];
    switch (draw.size(0, 4)) {
      case 0: place = std::numeric_limits<float>::quiet_NaN(); break;
      case 1: place = infinity; break;
      case 2: place = -infinity; break;
      case 3: place = 0; break;  // infinity elsewhere times 0
      default: break;
    }
  }
};

/// Room at any alignment, of NaN: what is read before it was written shows. Half of the time it ends where its heap
/// block does.
template <class T>
Guarded<T> room(std::size_t size, Draw& draw) {
  Guarded<T> memory(size, draw.size(0, 3), draw.size(0, 1) * 5);
  for (T& v : memory.values()) v = std::numeric_limits<T>::quiet_NaN();
  return memory;
}

/// The same with numbers in it.
template <class T>
Guarded<T> placed(const std::vector<float>& values, Draw& draw) {
  Guarded<T> memory = room<T>(values.size(), draw);
  for (std::size_t i = 0; i < values.size(); ++i) memory.data()[i] = static_cast<T>(values[i]);
  return memory;
}

/// NaN for NaN, the same infinity, or within `tolerance`.
inline bool near(double got, double expected, double tolerance) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected)) return got == expected;
  return std::abs(got - expected) <= tolerance;
}

/// Each within what `depth` + 1 additions and as many multiplications may lose in any order, in `got` and in the sums
/// compared with. Nothing for numbers whose sums are exact.
template <class T>
bool near(const Guarded<T>& got, const Sums& expected, std::size_t depth, Numbers kind) {
  const double share = kind == Numbers::normal
                           ? static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(depth + 2)
                           : 0;
  for (std::size_t i = 0; i < expected.value.size(); ++i)
    if (!near(got[i], expected.value[i], kind == Numbers::normal ? share * expected.size[i] : 0)) return false;
  return got.intact();
}

}  // namespace evomlp_test
