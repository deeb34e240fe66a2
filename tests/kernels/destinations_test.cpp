// SPDX-License-Identifier: MIT
// The products into destinations that do more than store: an activation, a copy, one plus a multiple of another,
// nested.
#include "evomlp/core/destination.hpp"
#include "evomlp/core/number.hpp"
#include "evomlp/kernels/products.hpp"
#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

using evomlp::kernels::Activated;
using evomlp::kernels::AddedTo;
using evomlp::kernels::Kept;
using evomlp::kernels::Matrix;
using evomlp::kernels::Vector;
using evomlp_test::Draw;
using evomlp_test::Guarded;
namespace kernels = evomlp::kernels;

namespace {

// Exact on whole numbers, unlike most activations.
struct HalfNegative {
  static auto value(auto z) { return select(z < 0, 0.5 * z, z); }
};
double half_negative(double z) { return z < 0 ? 0.5 * z : z; }

// What a product is put into: to(i, j) must become `expected` of the sum z and of x(i, j), and copy(i, j) `copied`.
struct WithActivation {
  static auto make(auto to, auto, auto) { return kernels::Activated<HalfNegative, decltype(to)>{to}; }
  static double expected(double z, double) { return half_negative(z); }
};
struct WithCopy {
  static auto make(auto to, auto copy, auto) { return kernels::Kept{copy, to}; }
  static double expected(double z, double) { return z; }
  static double copied(double z, double) { return z; }
};
struct Added {
  static auto make(auto to, auto, auto x) { return kernels::AddedTo{x, 0.25, to}; }
  static double expected(double z, double x) { return x + 0.25 * z; }
};
struct ActivatedThenAdded {  // y = x + λ A(z): a residual block
  static auto make(auto to, auto, auto x) {
    const AddedTo added{x, -2.0, to};
    return kernels::Activated<HalfNegative, std::remove_const_t<decltype(added)>>{added};
  }
  static double expected(double z, double x) { return x - 2 * half_negative(z); }
};
struct KeptThenAddedThenActivated {
  static auto make(auto to, auto copy, auto x) {
    const kernels::Activated<HalfNegative, decltype(to)> activated{to};
    return kernels::Kept{copy, kernels::AddedTo{x, 3.0, activated}};
  }
  static double expected(double z, double x) { return half_negative(x + 3 * z); }
  static double copied(double z, double) { return z; }
};
struct AddedIntoKept {
  static auto make(auto to, auto copy, auto x) { return kernels::AddedTo{x, 0.0, kernels::Kept{copy, to}}; }
  static double expected(double, double x) { return x; }
  static double copied(double, double x) { return x; }
};

template <class T>
Guarded<T> whole(std::size_t size, Draw& draw) {
  Guarded<T> memory(size, draw.size(0, 3), draw.size(0, 1) * 5);
  draw.fill_whole(memory.values());
  return memory;
}

template <class Destination, class Isa, class T>
int wrong(std::size_t rows, std::size_t in, std::size_t out, Draw& draw) {
  auto x = whole<T>(rows * in, draw), w = whole<T>(in * out, draw), b = whole<T>(out, draw),
       dy = whole<T>(rows * out, draw);
  auto added_y = whole<T>(rows * out, draw), added_x = whole<T>(rows * in, draw);
  const kernels::Matrix<const T, Isa> mx{x.data(), rows, in}, mw{w.data(), in, out}, mdy{dy.data(), rows, out};
  int result = 0;
  const auto run = [&](std::size_t cols, Guarded<T>& added, auto multiply, auto sum) {
    Guarded<T> to(rows * cols, draw.size(0, 3), draw.size(0, 1) * 5), copy(rows * cols, draw.size(0, 3), 0);
    multiply(Destination::make(kernels::Matrix<T, Isa>{to.data(), rows, cols},
                               kernels::Matrix<T, Isa>{copy.data(), rows, cols},
                               kernels::Matrix<const T, Isa>{added.data(), rows, cols}));
    bool right = to.intact() && copy.intact();
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < cols; ++j) {
        const double z = sum(i, j), a = static_cast<double>(added[i * cols + j]);
        right = right && static_cast<double>(to[i * cols + j]) == Destination::expected(z, a);
        if constexpr (requires { Destination::copied(z, a); })
          right = right && static_cast<double>(copy[i * cols + j]) == Destination::copied(z, a);
      }
    result += right ? 0 : 1;
  };
  const auto xw = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < in; ++k)
      sum += static_cast<double>(x[i * in + k]) * static_cast<double>(w[k * out + j]);
    return sum;
  };
  const auto dyw = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < out; ++k)
      sum += static_cast<double>(dy[i * out + k]) * static_cast<double>(w[j * out + k]);
    return sum;
  };
  run(
      out, added_y,
      [&](auto to) {
        kernels::affine(mx, mw, kernels::Vector<const T, Isa>{b.data(), out}, to);
      },
      [&](std::size_t i, std::size_t j) { return xw(i, j) + static_cast<double>(b[j]); });
  run(
      out, added_y, [&](auto to) { kernels::product(mx, mw, to); }, xw);
  run(
      in, added_x, [&](auto to) { kernels::product_nt(mdy, mw, to); }, dyw);
  return result;
}

template <class Destination>
void check() {
  Draw draw(11);
  const auto one = [&](std::size_t rows, std::size_t in, std::size_t out) {
    CAPTURE(rows);
    CAPTURE(in);
    CAPTURE(out);
    evomlp_test::over_few_setups([&]<class Isa, class T>() {
      CAPTURE(sizeof(T));
      CAPTURE(sizeof(typename Isa::template Vector<T>));
      CAPTURE(Isa::has_blas);
      REQUIRE(wrong<Destination, Isa, T>(rows, in, out, draw) == 0);
    });
  };
  for (const std::size_t rows : {1u, 2u, 8u, 13u})
    for (const std::size_t in : {1u, 5u, 16u})
      for (std::size_t out = 1; out <= 36; ++out) one(rows, in, out);
  for (int i = 0; i < 60; ++i) {
    const std::size_t rows = draw.size(1, 40), in = draw.size(1, 70), out = draw.size(1, 70);
    one(rows, in, out);
  }
  for (const std::size_t rows : {1u, 9u}) {  // BLAS, by way of the destination's raw room
    one(rows, 129, 130);
    one(rows, 66, 257);
  }
  one(99, 1025, 7);  // in parts of 512, more rows than a block
  one(99, 7, 1025);
}

}  // namespace

TEST_CASE("products into an activation") { check<WithActivation>(); }
TEST_CASE("products into a place and a copy") { check<WithCopy>(); }
TEST_CASE("products added to another matrix") { check<Added>(); }
TEST_CASE("products activated, then added: the residual store") { check<ActivatedThenAdded>(); }
TEST_CASE("products kept, added and activated") { check<KeptThenAddedThenActivated>(); }
TEST_CASE("products added, then kept, with a factor of 0") { check<AddedIntoKept>(); }
