// SPDX-License-Identifier: MIT
#include "evomlp/kernels/destination.hpp"

#include "evomlp/core/number.hpp"

#include <doctest/doctest.h>

#include <array>
#include <type_traits>

using namespace evomlp::kernels;
using N = evomlp::Number<double>;

namespace {

struct Square {
  static auto value(auto z) { return z * z; }
};

}  // namespace

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
  static_assert(Scaled<M>::is_flat && Scaled<Scaled<M>>::is_flat && Activated<Square, M>::is_flat);
  static_assert(AddedTo<M, M>::is_flat && !AddedTo<V, M>::is_flat);
  static_assert(Kept<M, AddedTo<M, M>>::is_flat && !Kept<M, AddedTo<V, M>>::is_flat);
  static_assert(!is_matrix<AddedTo<M, M>>);
}
