// SPDX-License-Identifier: MIT
#include "evomlp/core/destination.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/core/view.hpp"

#include <doctest/doctest.h>

#include <array>
#include <type_traits>
#include <utility>
#include <vector>

namespace kernels = evomlp::kernels;
namespace isa = evomlp::isa;

using evomlp::kernels::Activated;
using evomlp::kernels::AddedTo;
using evomlp::kernels::Constant;
using evomlp::kernels::Kept;
using evomlp::kernels::Matrix;
using evomlp::isa::Plain;
using evomlp::kernels::Scaled;
using evomlp::kernels::Vector;
using N = evomlp::Number<double>;

namespace {

struct Square {
  static auto value(auto z) { return z * z; }
};

}  // namespace

TEST_CASE("a matrix is rows of contiguous numbers") {
  std::array<double, 6> memory{0, 1, 2, 3, 4, 5};
  const Matrix m{memory.data(), 2, 3};
  static_assert(std::is_same_v<decltype(m), const kernels::Matrix<double, isa::Plain>>);
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
  const kernels::Vector<double> v{memory.data(), 3};
  CHECK(v.at<N>(0, 1).v == 2);
  CHECK(v.at<N>(7, 1).v == 2);
  v[1] = 20;
  CHECK(memory[1] == 20);
  CHECK(kernels::Constant{2.5}.at<N>(3, 4).v == 2.5);
  CHECK(kernels::Constant{0.1}.at<evomlp::Number<float>>(0, 0).v == 0.1f);
}

TEST_CASE("a scaled source keeps the shape") {
  std::array<double, 4> memory{1, 2, 3, 4};
  const Scaled s{-2.0, kernels::Matrix<const double>{memory.data(), 2, 2}};
  CHECK(s.rows == 2);
  CHECK(s.cols == 2);
  CHECK(s.at<N>(1, 0).v == -6);
  CHECK(kernels::Scaled{3.0, s}.at<N>(1, 1).v == -24);
}

TEST_CASE("fancy destinations store where and what they say") {
  std::array<double, 4> to{}, copy{};
  const std::array<double, 4> x{10, 20, 30, 40};
  const Matrix mto{to.data(), 2, 2}, mcopy{copy.data(), 2, 2};
  const kernels::Matrix<const double> mx{x.data(), 2, 2};

  const kernels::Activated<Square, std::remove_const_t<decltype(mto)>> activated{mto};
  activated.put(0, 1, N(3));
  CHECK(to == std::array<double, 4>{0, 9, 0, 0});

  kernels::Kept{mcopy, activated}.put(1, 0, N(2));
  CHECK(to == std::array<double, 4>{0, 9, 4, 0});
  CHECK(copy == std::array<double, 4>{0, 0, 2, 0});

  kernels::AddedTo{mx, -1.0, kernels::Kept{mcopy, activated}}.put(1, 1, N(38));
  CHECK(to == std::array<double, 4>{0, 9, 4, 4});
  CHECK(copy == std::array<double, 4>{0, 0, 2, 2});

  const AddedTo added{mx, 2.0, mto};
  CHECK(added.rows == 2);
  CHECK(added.cols == 2);
  CHECK(added.raw().data == to.data());
  CHECK(kernels::Kept{mcopy, added}.raw().data == to.data());
}

TEST_CASE("what may be run over in one flat loop") {
  using M = kernels::Matrix<double>;
  using V = kernels::Vector<double>;
  static_assert(M::is_flat && !V::is_flat && Constant::is_flat);
  static_assert(kernels::Scaled<M>::is_flat && kernels::Scaled<kernels::Scaled<M>>::is_flat);
  static_assert(kernels::AddedTo<M, M>::is_flat && !kernels::AddedTo<V, M>::is_flat);
  static_assert(kernels::Kept<M, kernels::AddedTo<M, M>>::is_flat && !kernels::Kept<M, kernels::AddedTo<V, M>>::is_flat);
  static_assert(evomlp::kernels::is_matrix<M> && evomlp::kernels::is_matrix<kernels::Matrix<const float>> && !evomlp::kernels::is_matrix<V> &&
                !evomlp::kernels::is_matrix<kernels::AddedTo<M, M>>);
}
