// SPDX-License-Identifier: MIT
// The products on thousands of shapes against the plain formula: numbers whose sums are exact, numbers that round, NaN
// and infinity. (tests/kernels/products_into_destinations_test.cpp: destinations that do more than store.)
#include "evomlp/kernels/products.hpp"

#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/problem.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace kernels = evomlp::kernels;

using evomlp_test::Draw;
using evomlp_test::Guarded;
using evomlp_test::near;
using evomlp_test::Numbers;
using evomlp_test::placed;
using evomlp_test::Problem;
using evomlp_test::room;

namespace {

template <class T>
bool same_bits(Guarded<T>& a, Guarded<T>& b, std::size_t size) {
  return size == 0 || std::memcmp(a.data(), b.data(), size * sizeof(T)) == 0;
}

/// All four on one problem, twice into different places; the number of wrong results.
template <class Isa, class T>
int wrong(const Problem& p, Numbers kind, Draw& draw) {
  auto x = placed<T>(p.x, draw), w = placed<T>(p.w, draw), b = placed<T>(p.b, draw), dy = placed<T>(p.dy, draw);
  const kernels::Matrix<const T, Isa> mx{x.data(), p.rows, p.in}, mw{w.data(), p.in, p.out},
      mdy{dy.data(), p.rows, p.out};
  const kernels::Vector<const T, Isa> mb{b.data(), p.out};
  const auto check = [&](std::size_t rows, std::size_t cols, std::size_t depth, const evomlp_test::Sums& expected,
                         auto multiply) {
    auto first = room<T>(rows * cols, draw), again = room<T>(rows * cols, draw);
    multiply(kernels::Matrix<T, Isa>{first.data(), rows, cols});
    multiply(kernels::Matrix<T, Isa>{again.data(), rows, cols});
    return near(first, expected, depth, kind) && again.intact() && same_bits(first, again, rows * cols) ? 0 : 1;
  };
  return check(p.rows, p.out, p.in, p.z, [&](auto to) { kernels::affine(mx, mw, mb, to); }) +
         check(p.rows, p.out, p.in, p.y, [&](auto to) { kernels::product(mx, mw, to); }) +
         check(p.in, p.out, p.rows, p.dw, [&](auto to) { kernels::product_tn(mx, mdy, to); }) +
         check(p.rows, p.in, p.out, p.dx, [&](auto to) { kernels::product_nt(mdy, mw, to); });
}

void check(std::size_t rows, std::size_t in, std::size_t out, Draw& draw) {
  const auto kind = static_cast<Numbers>(draw.size(0, 2));
  const Problem problem(rows, in, out, kind, draw);
  CAPTURE(rows);
  CAPTURE(in);
  CAPTURE(out);
  CAPTURE(static_cast<int>(kind));
  evomlp_test::over_setups([&]<class Isa, class T>() {
    CAPTURE(sizeof(T));
    CAPTURE(sizeof(typename Isa::template Vector<T>));
    CAPTURE(Isa::has_blas);
    REQUIRE(wrong<Isa, T>(problem, kind, draw) == 0);
  });
}

}  // namespace

TEST_CASE("products: every small shape, no rows among them") {
  Draw draw(1);
  for (std::size_t rows = 0; rows <= 14; ++rows)
    for (const std::size_t in : {1u, 2u, 3u, 5u, 8u, 9u, 16u, 17u})
      for (std::size_t out = 1; out <= 36; ++out) check(rows, in, out, draw);
}

TEST_CASE("products: random shapes, with vectors and tiles full, not quite full, and one over") {
  Draw draw(2);
  for (int i = 0; i < 700; ++i) {
    const std::size_t rows = draw.size(1, 70), in = draw.edge(), out = draw.size(1, 70);
    check(rows, in, out, draw);
    const std::size_t other_rows = draw.edge(), other_in = draw.size(1, 70), other_out = draw.edge();
    check(other_rows, other_in, other_out, draw);
  }
}

TEST_CASE("products: wide ones, on both sides of every switch to BLAS") {
  Draw draw(3);
  for (const std::size_t in : {127u, 128u, 129u, 257u})
    for (const std::size_t out : {1u, 3u, 65u, 128u, 130u})
      for (const std::size_t rows : {1u, 2u, 7u, 15u, 16u, 33u}) check(rows, in, out, draw);
  check(16, 513, 514, draw);
  for (int i = 0; i < 12; ++i) {
    const std::size_t rows = draw.size(60, 257), in = draw.size(100, 300), out = draw.edge();
    check(rows, in, out, draw);
    check(rows, out, in, draw);
  }
}

TEST_CASE("products: deep sums, which the kernel takes in parts") {
  Draw draw(4);
  for (const std::size_t deep : {511u, 512u, 513u, 1025u, 1600u})
    for (int i = 0; i < 4; ++i) {
      const std::size_t rows = draw.size(1, 40), in = draw.edge(), out = draw.edge();
      check(rows, deep, out, draw);     // in affine and product
      check(deep, in, out, draw);       // in product_tn
      check(rows * 4, in, deep, draw);  // in product_nt
    }
}

TEST_CASE("products: one row") {
  Draw draw(5);
  for (std::size_t in = 1; in <= 40; ++in)
    for (std::size_t out = 1; out <= 140; out += (out < 70 ? 1 : 13)) check(1, in, out, draw);
}

TEST_CASE("product_nt: a destination without rows is not written") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    std::vector<T> dy(6), w(9);
    kernels::product_nt(kernels::Matrix<const T, Isa>{dy.data(), 2, 3}, kernels::Matrix<const T, Isa>{w.data(), 3, 3},
                        kernels::Matrix<T, Isa>{nullptr, 0, 3});
  });
}

namespace {

/// A build with vectors of `own` bytes, and an OpenBLAS of the test's own: nothing is called but the questions.
template <std::size_t own, std::size_t blas, int blas_threads = 1>
struct Questions {
  static constexpr bool has_blas = true, has_fma = true;
  template <class T>
  using Vector = std::array<char, own>;
  static std::size_t vector_bytes() { return blas; }
  static int threads() { return blas_threads; }
};

template <class Isa>
constexpr std::size_t lanes_of = sizeof(typename Isa::template Vector<float>) / sizeof(float);

/// y = x W, dW = xᵀ dy and dx = dy Wᵀ in float.
template <class Isa>
bool by_blas(std::size_t batch, std::size_t in, std::size_t out) {
  return kernels::detail::goes_to_blas<Isa>({false, false, batch, out, in}, lanes_of<Isa>);
}
template <class Isa>
bool by_blas_tn(std::size_t batch, std::size_t in, std::size_t out, std::size_t lanes = lanes_of<Isa>) {
  return kernels::detail::goes_to_blas<Isa>({true, false, in, out, batch}, lanes);
}
template <class Isa>
bool by_blas_nt(std::size_t batch, std::size_t in, std::size_t out) {
  return kernels::detail::goes_to_blas<Isa>({false, true, batch, in, out}, lanes_of<Isa>);
}

}  // namespace

TEST_CASE("whoever has the wider vectors makes the products") {
  CHECK_FALSE(by_blas<Questions<32, 32>>(1, 2000, 2000));  // but for one row
  CHECK_FALSE(by_blas<Questions<32, 64>>(1, 2000, 2000));
  CHECK_FALSE(by_blas<Questions<64, 32, 2>>(1, 2000, 2000));

  for (const std::size_t batch : {2u, 64u}) {  // BLAS has
    CHECK(by_blas<Questions<32, 64>>(batch, 32, 32));
    CHECK(by_blas<Questions<32, 64>>(batch, 2000, 2000));
    CHECK_FALSE(by_blas<Questions<32, 64>>(batch, 8, 8));
  }
  for (const std::size_t width : {8u, 128u, 500u, 2000u}) {  // we have
    CHECK_FALSE(by_blas<Questions<64, 32>>(2, width, width));
    CHECK_FALSE(by_blas<Questions<64, 32>>(256, width, width));
  }
  CHECK(by_blas<Questions<64, 32, 2>>(256, 2000, 2000));  // what its threads can share
  CHECK_FALSE(by_blas<Questions<64, 32, 2>>(256, 500, 500));
  CHECK(by_blas<Questions<64, 32, 3>>(256, 500, 500));
  CHECK_FALSE(by_blas<Questions<64, 32, 3>>(64, 128, 128));
}

TEST_CASE("with vectors of the same width the sizes decide") {
  const auto check_large = []<class Isa>(Isa) {
    CHECK_FALSE(by_blas<Isa>(64, 512, 512));
    CHECK(by_blas<Isa>(64, 513, 512));
    CHECK_FALSE(by_blas<Isa>(15, 513, 512));
  };
  check_large(Questions<32, 32>{});
  check_large(Questions<32, 0>{});  // a processor that isn't told
  check_large(Questions<64, 64>{});
  check_large(Questions<64, 0>{});
}

TEST_CASE("BLAS's threads get what is worth waking them") {
  const auto check = []<class Isa>(Isa, std::size_t least_in) {
    CHECK(by_blas<Isa>(64, least_in, 100));
    CHECK(by_blas_nt<Isa>(64, least_in, 100));
    CHECK(by_blas_tn<Isa>(64, least_in, 100));
    CHECK_FALSE(by_blas<Isa>(64, least_in - 1, 100));
    CHECK_FALSE(by_blas_nt<Isa>(64, least_in - 1, 100));
    CHECK_FALSE(by_blas_tn<Isa>(64, least_in - 1, 100));
  };
  check(Questions<32, 32, 2>{}, 375);
  check(Questions<64, 64, 2>{}, 750);  // twice as many in one instruction
  check(Questions<64, 64, 8>{}, 750);
  CHECK_FALSE(by_blas<Questions<32, 32, 2>>(100'000, 64, 64));  // however many rows
  CHECK_FALSE(by_blas<Questions<32, 32, 2>>(15, 2000, 2000));
}

TEST_CASE("with AVX-512 on both sides OpenBLAS makes some of the small ones") {
  using Both = Questions<64, 64>;
  CHECK(by_blas<Both>(8, 100, 16));
  CHECK(by_blas<Questions<64, 0>>(8, 100, 16));  // a processor that isn't told
  CHECK_FALSE(by_blas<Both>(9, 100, 16));
  CHECK_FALSE(by_blas<Both>(8, 100, 17));
  CHECK_FALSE(by_blas<Questions<32, 32>>(8, 100, 16));

  CHECK(by_blas_tn<Both>(8, 100, 100));
  CHECK(by_blas_tn<Both>(33, 100, 10));
  CHECK_FALSE(by_blas_tn<Both>(32, 100, 10));
  CHECK(by_blas_tn<Both>(32, 100, 10, 8));  // in double 10 columns are more than a vector
  CHECK_FALSE(by_blas_tn<Both>(1, 100, 100));
  CHECK(by_blas_tn<Both>(128, 100, 32));
  CHECK_FALSE(by_blas_tn<Both>(129, 100, 32));
  CHECK_FALSE(by_blas_tn<Both>(100, 101, 100));  // small no more

  CHECK(by_blas_nt<Both>(64, 16, 33));
  CHECK_FALSE(by_blas_nt<Both>(65, 16, 33));
  CHECK_FALSE(by_blas_nt<Both>(64, 16, 32));
  CHECK(by_blas_nt<Both>(8, 128, 100));
  CHECK_FALSE(by_blas_nt<Both>(7, 129, 100));
}
