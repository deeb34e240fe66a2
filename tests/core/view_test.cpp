// SPDX-License-Identifier: MIT
#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"

#include <doctest/doctest.h>

#include <array>
#include <type_traits>
#include <utility>
#include <vector>

using evomlp::Activated;
using evomlp::AddedTo;
using evomlp::Constant;
using evomlp::Kept;
using evomlp::Matrix;
using evomlp::Plain;
using evomlp::Scaled;
using evomlp::Vector;
using N = evomlp::Number<double>;

namespace {

struct Square {
  static auto value(auto z) { return z * z; }
};

}  // namespace

TEST_CASE("a matrix is rows of contiguous numbers") {
  std::array<double, 6> memory{0, 1, 2, 3, 4, 5};
  const Matrix m{memory.data(), 2, 3};
  static_assert(std::is_same_v<decltype(m), const Matrix<double, Plain>>);
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

TEST_CASE("a scaled source keeps the shape") {
  std::array<double, 4> memory{1, 2, 3, 4};
  const Scaled s{-2.0, Matrix<const double>{memory.data(), 2, 2}};
  CHECK(s.rows == 2);
  CHECK(s.cols == 2);
  CHECK(s.at<N>(1, 0).v == -6);
  CHECK(Scaled{3.0, s}.at<N>(1, 1).v == -24);
}

TEST_CASE("fancy destinations store where and what they say") {
  std::array<double, 4> to{}, copy{};
  const std::array<double, 4> x{10, 20, 30, 40};
  const Matrix mto{to.data(), 2, 2}, mcopy{copy.data(), 2, 2};
  const Matrix<const double> mx{x.data(), 2, 2};

  const Activated<Square, std::remove_const_t<decltype(mto)>> activated{mto};
  activated.put(0, 1, N(3));
  CHECK(to == std::array<double, 4>{0, 9, 0, 0});

  Kept{mcopy, activated}.put(1, 0, N(2));
  CHECK(to == std::array<double, 4>{0, 9, 4, 0});
  CHECK(copy == std::array<double, 4>{0, 0, 2, 0});

  AddedTo{mx, -1.0, Kept{mcopy, activated}}.put(1, 1, N(38));
  CHECK(to == std::array<double, 4>{0, 9, 4, 4});
  CHECK(copy == std::array<double, 4>{0, 0, 2, 2});

  const AddedTo added{mx, 2.0, mto};
  CHECK(added.rows == 2);
  CHECK(added.cols == 2);
  CHECK(added.raw().data == to.data());
  CHECK(Kept{mcopy, added}.raw().data == to.data());
}

TEST_CASE("what may be run over in one flat loop") {
  using M = Matrix<double>;
  using V = Vector<double>;
  static_assert(M::is_flat && !V::is_flat && Constant::is_flat);
  static_assert(Scaled<M>::is_flat && !Scaled<V>::is_flat);
  static_assert(AddedTo<M, M>::is_flat && !AddedTo<V, M>::is_flat);
  static_assert(Kept<M, AddedTo<M, M>>::is_flat && !Kept<M, AddedTo<V, M>>::is_flat);
  static_assert(evomlp::is_matrix<M> && evomlp::is_matrix<Matrix<const float>> && !evomlp::is_matrix<V> &&
                !evomlp::is_matrix<AddedTo<M, M>>);
}
