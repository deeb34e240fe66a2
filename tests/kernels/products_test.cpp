// SPDX-License-Identifier: MIT
// The products on thousands of shapes against the plain formula. Whole numbers make every sum exact, whatever its
// order, so a single wrong, missing or doubled term shows. (tests/kernels/destinations_test.cpp: fancy destinations.)
#include "evomlp/kernels/products.hpp"

#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

using evomlp::kernels::Matrix;
using evomlp::kernels::Vector;
using evomlp_test::Draw;
using evomlp_test::Guarded;
namespace kernels = evomlp::kernels;

namespace {

using Doubles = std::vector<double>;

/// A batch and a weight matrix of whole numbers, and what the three products of them are.
struct Problem {
  std::size_t rows, in, out;
  Doubles x, w, b, dy, y, dw, dx;

  Problem(std::size_t rows_, std::size_t in_, std::size_t out_, Draw& draw)
      : rows(rows_),
        in(in_),
        out(out_),
        x(rows * in),
        w(in * out),
        b(out),
        dy(rows * out),
        y(rows * out),
        dw(in * out),
        dx(rows * in) {
    for (Doubles* values : {&x, &w, &b, &dy}) draw.fill_whole(std::span(*values));
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < in; ++k)
        for (std::size_t j = 0; j < out; ++j) {
          y[i * out + j] += x[i * in + k] * w[k * out + j];
          dw[k * out + j] += x[i * in + k] * dy[i * out + j];
          dx[i * in + k] += dy[i * out + j] * w[k * out + j];
        }
  }
};

template <class T>
Guarded<T> placed(const Doubles& values, Draw& draw) {
  Guarded<T> memory(values.size(), draw.size(0, 3), draw.size(0, 1) * 5);
  for (std::size_t i = 0; i < values.size(); ++i) memory.data()[i] = static_cast<T>(values[i]);
  return memory;
}

template <class T>
Guarded<T> room(std::size_t size, Draw& draw) {
  return {size, draw.size(0, 3), draw.size(0, 1) * 5};
}

template <class T>
bool equal(const Guarded<T>& got, const Doubles& expected, const Doubles* bias = nullptr) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (static_cast<double>(got[i]) != expected[i] + (bias ? (*bias)[i % bias->size()] : 0)) return false;
  return got.intact();
}

/// All four kernels on one problem, each twice; the number of wrong results.
template <class Isa, class T>
int wrong(const Problem& p, Draw& draw) {
  auto x = placed<T>(p.x, draw), w = placed<T>(p.w, draw), b = placed<T>(p.b, draw), dy = placed<T>(p.dy, draw);
  const kernels::Matrix<const T, Isa> mx{x.data(), p.rows, p.in}, mw{w.data(), p.in, p.out},
      mdy{dy.data(), p.rows, p.out};
  int result = 0;
  for (int repetition = 0; repetition < 2; ++repetition) {
    auto z = room<T>(p.y.size(), draw), y = room<T>(p.y.size(), draw), dw = room<T>(p.w.size(), draw),
         dx = room<T>(p.x.size(), draw);
    kernels::affine(mx, mw, kernels::Vector<const T, Isa>{b.data(), p.out},
                    kernels::Matrix<T, Isa>{z.data(), p.rows, p.out});
    kernels::product(mx, mw, kernels::Matrix<T, Isa>{y.data(), p.rows, p.out});
    kernels::product_tn(mx, mdy, kernels::Matrix<T, Isa>{dw.data(), p.in, p.out});
    kernels::product_nt(mdy, mw, kernels::Matrix<T, Isa>{dx.data(), p.rows, p.in});
    result += !equal(z, p.y, &p.b) + !equal(y, p.y) + !equal(dw, p.dw) + !equal(dx, p.dx);
  }
  return result;
}

void check(std::size_t rows, std::size_t in, std::size_t out, Draw& draw) {
  const Problem problem(rows, in, out, draw);
  CAPTURE(rows);
  CAPTURE(in);
  CAPTURE(out);
  evomlp_test::over_setups([&]<class Isa, class T>() {
    CAPTURE(sizeof(T));
    CAPTURE(sizeof(typename Isa::template Vector<T>));
    CAPTURE(Isa::has_blas);
    REQUIRE(wrong<Isa, T>(problem, draw) == 0);
  });
}

/// Real numbers, for what depends on the order of a sum: every repetition gives the same bits, and the error is within
/// what any order of `depth` rounded terms allows.
template <class Isa, class T>
void check_rounding(std::size_t rows, std::size_t in, std::size_t out) {
  Draw draw(7);
  std::vector<T> x(rows * in), w(in * out), b(out);
  for (auto* values : {&x, &w, &b}) draw.fill_normal(std::span(*values));
  std::vector<T> first(rows * out), again(rows * out);
  for (auto* y : {&first, &again})
    kernels::affine(kernels::Matrix<const T, Isa>{x.data(), rows, in}, kernels::Matrix<const T, Isa>{w.data(), in, out},
                    kernels::Vector<const T, Isa>{b.data(), out}, kernels::Matrix<T, Isa>{y->data(), rows, out});
  CHECK(std::memcmp(first.data(), again.data(), first.size() * sizeof(T)) == 0);
  double worst = 0;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < out; ++j) {
      long double sum = b[j], size = std::abs(b[j]);
      for (std::size_t k = 0; k < in; ++k) {
        const long double term = static_cast<long double>(x[i * in + k]) * static_cast<long double>(w[k * out + j]);
        sum += term;
        size += std::abs(term);
      }
      worst =
          (std::max)(worst, static_cast<double>(std::abs(static_cast<long double>(first[i * out + j]) - sum) / size));
    }
  CHECK(worst <= static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(in + 2) / 2);
}

/// The class of each result: NaN, an infinity of either sign, or finite.
template <class T>
int kind(T value) {
  return std::isnan(value) ? 3 : std::isinf(value) ? (value > 0 ? 2 : 1) : 0;
}

template <class Isa, class T>
void check_special(std::size_t rows, std::size_t in, std::size_t out, T special_x, T special_w) {
  Draw draw(rows * 1000 + in * 100 + out);
  std::vector<T> x(rows * in), w(in * out), b(out), y(rows * out), dw(in * out), dx(rows * in), dy(rows * out);
  for (auto* values : {&x, &w, &b, &dy}) draw.fill_whole(std::span(*values));
  x[draw.size(0, x.size() - 1)] = special_x;
  w[draw.size(0, w.size() - 1)] = special_w;
  dy[draw.size(0, dy.size() - 1)] = special_x;
  kernels::affine(kernels::Matrix<const T, Isa>{x.data(), rows, in}, kernels::Matrix<const T, Isa>{w.data(), in, out},
                  kernels::Vector<const T, Isa>{b.data(), out}, kernels::Matrix<T, Isa>{y.data(), rows, out});
  kernels::product_tn(kernels::Matrix<const T, Isa>{x.data(), rows, in},
                      kernels::Matrix<const T, Isa>{dy.data(), rows, out}, kernels::Matrix<T, Isa>{dw.data(), in, out});
  kernels::product_nt(kernels::Matrix<const T, Isa>{dy.data(), rows, out},
                      kernels::Matrix<const T, Isa>{w.data(), in, out}, kernels::Matrix<T, Isa>{dx.data(), rows, in});
  std::vector<T> y0(rows * out), dw0(in * out), dx0(rows * in);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < out; ++j) {
      y0[i * out + j] = b[j];
      for (std::size_t k = 0; k < in; ++k) {
        y0[i * out + j] += x[i * in + k] * w[k * out + j];
        dw0[k * out + j] += x[i * in + k] * dy[i * out + j];
        dx0[i * in + k] += dy[i * out + j] * w[k * out + j];
      }
    }
  int differ = 0;
  const auto compare = [&](const std::vector<T>& got, const std::vector<T>& expected) {
    for (std::size_t i = 0; i < got.size(); ++i)
      differ += kind(got[i]) != kind(expected[i]) || (kind(got[i]) == 0 && got[i] != expected[i]) ? 1 : 0;
  };
  compare(y, y0);
  compare(dw, dw0);
  compare(dx, dx0);
  CAPTURE(rows);
  CAPTURE(in);
  CAPTURE(out);
  CHECK(differ == 0);
}

}  // namespace

TEST_CASE("products: every small shape") {
  Draw draw(1);
  for (std::size_t rows = 1; rows <= 14; ++rows)
    for (const std::size_t in : {1u, 2u, 3u, 5u, 8u, 9u, 16u, 17u})
      for (std::size_t out = 1; out <= 36; ++out) check(rows, in, out, draw);
}

TEST_CASE("products: random shapes up to 70") {
  Draw draw(2);
  for (int i = 0; i < 700; ++i) {
    const std::size_t rows = draw.size(1, 70), in = draw.size(1, 70), out = draw.size(1, 70);
    check(rows, in, out, draw);
  }
}

TEST_CASE("products: sizes around the blocks and the switch to BLAS") {
  Draw draw(3);
  for (const std::size_t in : {127u, 128u, 129u, 130u, 257u})
    for (const std::size_t out : {1u, 3u, 65u, 127u, 128u, 129u, 130u})
      for (const std::size_t rows : {1u, 2u, 7u, 33u}) check(rows, in, out, draw);
  check(257, 130, 129, draw);
  check(98, 3, 257, draw);
}

TEST_CASE("products: deep sums, in parts of 512") {
  Draw draw(4);
  for (const std::size_t deep : {511u, 512u, 513u, 1024u, 1025u, 1100u})
    for (const std::size_t wide : {1u, 3u, 7u, 17u, 65u, 67u, 100u}) {
      check(5, deep, wide, draw);    // deep in affine
      check(deep, 5, wide, draw);    // in product_tn
      check(100, wide, deep, draw);  // in product_nt, with more rows than a block
    }
}

TEST_CASE("products: one row") {
  Draw draw(5);
  for (std::size_t in = 1; in <= 40; ++in)
    for (std::size_t out = 1; out <= 140; out += (out < 70 ? 1 : 13)) check(1, in, out, draw);
}

TEST_CASE("products: rounding within the bound of any order, the same bits again") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    check_rounding<Isa, T>(37, 61, 45);
    check_rounding<Isa, T>(1, 61, 45);
    check_rounding<Isa, T>(1, 1000, 1);
    check_rounding<Isa, T>(9, 1100, 70);
    check_rounding<Isa, T>(64, 140, 130);
  });
}

TEST_CASE("products: NaN and infinity go where the formula takes them") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
    for (const std::size_t rows : {1u, 2u, 7u})
      for (const std::size_t in : {1u, 3u, 18u, 140u})
        for (const std::size_t out : {1u, 2u, 5u, 19u, 67u, 130u}) {
          check_special<Isa, T>(rows, in, out, nan, T(1));
          check_special<Isa, T>(rows, in, out, T(1), nan);
          check_special<Isa, T>(rows, in, out, infinity, T(0));
          check_special<Isa, T>(rows, in, out, T(0), -infinity);
          check_special<Isa, T>(rows, in, out, -infinity, infinity);
        }
  });
}

TEST_CASE("product_nt: a destination without rows is not written") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    std::vector<T> dy(6), w(9);
    kernels::product_nt(kernels::Matrix<const T, Isa>{dy.data(), 2, 3}, kernels::Matrix<const T, Isa>{w.data(), 3, 3},
                        kernels::Matrix<T, Isa>{nullptr, 0, 3});
  });
}
