// SPDX-License-Identifier: MIT
// The products into the destinations that networks make: an activation (predict), a residual block's sum with copies
// kept for the way back (forward), and a sum with one that is scaled (backward), on random shapes.
#include "evomlp/core/number.hpp"
#include "evomlp/kernels/destination.hpp"
#include "evomlp/kernels/products.hpp"
#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/problem.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
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

struct HalfNegative {  // exact on whole numbers
  static auto value(auto z) { return select(z < 0, 0.5 * z, z); }
};
struct Swish {  // by exp
  static auto value(auto z) { return z / (1 + exp(-z)); }
};
double half_negative(double z) { return z < 0 ? 0.5 * z : z; }
double swish(double z) { return z / (1 + std::exp(-z)); }

template <class A, class To>
kernels::Activated<A, To> activated(To to) {
  return {to};
}

/// What is in three places where a sum z came and x stood.
struct Places {
  double to, kept_first = 0, kept_last = 0;
};

// Each: `make` gives the destination, `expected` what is then where; exact but for `eps` epsilons in `to`.
struct ThroughSwish {
  static constexpr bool backward = false;
  static constexpr double eps = 16;
  static auto make(auto to, auto, auto, auto) { return activated<Swish>(to); }
  static Places expected(double z, double) { return {swish(z)}; }
};
/// [Linear, HalfNegative] as the body of a residual block (λ = −2) before a Swish, in training.
struct KeptOnTheWay {
  static constexpr bool backward = false;
  static constexpr double eps = 16;
  static auto make(auto to, auto kept_first, auto kept_last, auto x) {
    const auto sum = kernels::AddedTo{x, -2.0, kernels::Kept{kept_last, activated<Swish>(to)}};
    return kernels::Kept{kept_first, activated<HalfNegative>(sum)};
  }
  static Places expected(double z, double x) {
    const double sum = x - 2 * half_negative(z);
    return {swish(sum), z, sum};
  }
};
/// dx of a residual block in another one.
struct AddedTwice {
  static constexpr bool backward = true;
  static constexpr double eps = 0;
  static auto make(auto to, auto, auto, auto x) {
    return kernels::AddedTo{kernels::Scaled{0.25, x}, 1.0, kernels::AddedTo{x, 1.0, to}};
  }
  static Places expected(double z, double x) { return {1.25 * x + z}; }
};

template <class Destination, class Isa, class T>
int wrong(const Problem& p, Draw& draw) {
  auto x = placed<T>(p.x, draw), w = placed<T>(p.w, draw), b = placed<T>(p.b, draw), dy = placed<T>(p.dy, draw);
  const kernels::Matrix<const T, Isa> mx{x.data(), p.rows, p.in}, mw{w.data(), p.in, p.out},
      mdy{dy.data(), p.rows, p.out};
  const auto check = [&](std::size_t cols, const std::vector<float>& added, const evomlp_test::Sums& sums,
                         auto multiply) {
    const std::size_t size = p.rows * cols;
    auto to = room<T>(size, draw), first = room<T>(size, draw), last = room<T>(size, draw),
         x_added = placed<T>(added, draw);
    const auto matrix = [&](auto* data) {
      return kernels::Matrix<std::remove_pointer_t<decltype(data)>, Isa>{data, p.rows, cols};
    };
    multiply(Destination::make(matrix(to.data()), matrix(first.data()), matrix(last.data()),
                               matrix(static_cast<const T*>(x_added.data()))));
    bool right = to.intact() && first.intact() && last.intact();
    for (std::size_t i = 0; i < size; ++i) {
      const Places expected = Destination::expected(sums.value[i], static_cast<double>(added[i]));
      const double bound =
          Destination::eps * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::abs(expected.to);
      right = right && near(to[i], expected.to, bound + (bound > 0 ? 1e-30 : 0));
      if constexpr (std::is_same_v<Destination, KeptOnTheWay>)
        right = right && near(first[i], expected.kept_first, 0) && near(last[i], expected.kept_last, 0);
    }
    return right ? 0 : 1;
  };
  if constexpr (Destination::backward) {
    return check(p.in, p.x, p.dx, [&](auto to) { kernels::product_nt(mdy, mw, to); });
  } else {
    const kernels::Vector<const T, Isa> mb{b.data(), p.out};
    return check(p.out, p.dy, p.z, [&](auto to) { kernels::affine(mx, mw, mb, to); }) +
           check(p.out, p.dy, p.y, [&](auto to) { kernels::product(mx, mw, to); });
  }
}

template <class Destination>
void check() {
  Draw draw(11);
  const auto one = [&](std::size_t rows, std::size_t in, std::size_t out) {
    CAPTURE(rows);
    CAPTURE(in);
    CAPTURE(out);
    const Problem problem(rows, in, out, draw.size(0, 1) == 0 ? Numbers::whole : Numbers::special, draw);
    evomlp_test::over_few_setups([&]<class Isa, class T>() {
      CAPTURE(sizeof(T));
      CAPTURE(sizeof(typename Isa::template Vector<T>));
      CAPTURE(Isa::has_blas);
      REQUIRE(wrong<Destination, Isa, T>(problem, draw) == 0);
    });
  };
  for (const std::size_t rows : {0u, 1u, 2u, 8u, 13u})
    for (const std::size_t in : {1u, 5u, 16u})
      for (std::size_t out = 1; out <= 36; ++out) one(rows, in, out);
  for (int i = 0; i < 100; ++i) {
    const std::size_t rows = draw.size(1, 100), in = draw.edge(), out = draw.edge();
    one(rows, in, out);
  }
  for (const std::size_t rows : {1u, 9u, 16u}) {  // BLAS, by way of the destination's raw room
    one(rows, 129, 130);
    one(rows, 66, 257);
  }
  one(16, 513, 514);
  one(99, 1025, 7);  // in parts
  one(99, 7, 1025);
}

}  // namespace

TEST_CASE("products into an activation by exp: predict") { check<ThroughSwish>(); }
TEST_CASE("products kept, activated, added, kept and activated: forward") { check<KeptOnTheWay>(); }
TEST_CASE("product_nt added to one matrix twice, once scaled: backward") { check<AddedTwice>(); }
