// SPDX-License-Identifier: MIT
#include "evomlp/core/view.hpp"

#include "evomlp/core/number.hpp"

#include <doctest/doctest.h>

#include <array>
#include <type_traits>

using namespace evomlp::kernels;
using N = evomlp::Number<double>;

TEST_CASE("a matrix is rows of contiguous numbers") {
  std::array<double, 6> memory{0, 1, 2, 3, 4, 5};
  const Matrix m{memory.data(), 2, 3};
  static_assert(std::is_same_v<decltype(m), const Matrix<double, evomlp::isa::Plain>>);
  CHECK(m(0, 2) == 2);
  CHECK(m(1, 0) == 3);
  CHECK(m.at<N>(1, 1).v == 4);
  CHECK(m.at<N>(0, 4).v == 4);  // flat: element (i, j) is (0, i * cols + j)
  m.put(1, 2, N(50));
  CHECK(memory[5] == 50);
  m(0, 0) = -1;
  CHECK(memory[0] == -1);
  const auto second = m.row(1);
  CHECK(second.rows == 1);
  CHECK(second.cols == 3);
  CHECK(second(0, 0) == 3);
  CHECK(m.raw().data == memory.data());
}

TEST_CASE("a vector is the same for every row, a constant everywhere") {
  std::array<double, 3> memory{1, 2, 3};
  const Vector<double> v{memory.data(), 3};
  CHECK(v.at<N>(0, 1).v == 2);
  CHECK(v.at<N>(7, 1).v == 2);
  v[1] = 20;
  CHECK(memory[1] == 20);
  CHECK(Constant{2.5}.at<N>(3, 4).v == 2.5);
  CHECK(Constant{0.1}.at<evomlp::Number<float>>(0, 0).v == 0.1f);
}

TEST_CASE("what may be run over in one flat loop, and what is a matrix") {
  static_assert(Matrix<double>::is_flat && !Vector<double>::is_flat && Constant::is_flat);
  static_assert(is_matrix<Matrix<double>> && is_matrix<Matrix<const float>> && !is_matrix<Vector<double>>);
}
