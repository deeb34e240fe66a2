// SPDX-License-Identifier: MIT
// Number over float, double and SIMD batches of them: every operator and function against the standard library's, lane
// by lane.
#include "evomlp/core/number.hpp"

#include "support/draw.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <type_traits>

using evomlp::Number;
using evomlp_test::Draw;

namespace {

/// Calls f.operator()<N>() with Number over each vector type and over the scalars.
void over_numbers(auto f) {
  evomlp_test::over_setups(
      [&]<class Isa, class T>() { f.template operator()<Number<typename Isa::template Vector<T>>>(); });
}

template <class N>
using Lanes = std::array<typename N::Scalar, N::lanes>;

template <class N>
Lanes<N> stored(N number) {
  Lanes<N> lanes;
  number.store(lanes.data());
  return lanes;
}

/// Other numbers in every lane, so that lanes can't be confused.
template <class N>
Lanes<N> drawn(Draw& draw, double least, double most) {
  Lanes<N> lanes;
  for (auto& v : lanes) v = static_cast<typename N::Scalar>(draw.uniform(least, most));
  return lanes;
}

/// Whether a quotient or root is the exact one, rounded. xsimd gets those of floats with NEON from an estimate that it
/// refines twice, though 64-bit ARM has instructions: they are within two units of epsilon.
template <class N>
bool rounded(typename N::Scalar result, typename N::Scalar exact) {
#if defined(__ARM_NEON)
  if constexpr (!N::is_scalar && std::is_same_v<typename N::Scalar, float>)
    return std::abs(result - exact) <= 2 * std::numeric_limits<float>::epsilon() * std::abs(exact);
#endif
  return result == exact;
}

template <class T>
bool same(T a, T b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// The largest relative error of f on numbers in [least, most], in units of the scalar's epsilon. With `octaves` the
/// bounds are exponents of 2.
template <class N>
double worst_error(auto f, auto exact, double least, double most, bool octaves = false) {
  using T = typename N::Scalar;
  Draw draw(5);
  double worst = 0;
  for (int repetition = 0; repetition < 3000; ++repetition) {
    auto x = drawn<N>(draw, least, most);
    if (octaves)
      for (T& v : x) v = std::exp2(v);
    const auto y = stored(N(f(N::load(x.data()))));
    for (std::size_t i = 0; i < N::lanes; ++i) {
      const long double expected = exact(static_cast<long double>(x[i]));
      const long double error = std::abs(static_cast<long double>(y[i]) - expected) / std::abs(expected);
      worst =
          (std::max)(worst, static_cast<double>(error / static_cast<long double>(std::numeric_limits<T>::epsilon())));
    }
  }
  return worst;
}

template <class N>
double at(auto f, double x) {
  const auto y = stored(N(f(N(x))));
  for (const auto v : y) REQUIRE(same(v, y[0]));
  return static_cast<double>(y[0]);
}

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("Number: a literal of any kind converts, and the scalar's precision stays") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    const auto lanes = [](N n) { return stored(n); };
    for (const T v : lanes(N(3))) CHECK(v == 3);
    for (const T v : lanes(N(3u))) CHECK(v == 3);
    for (const T v : lanes(N(std::size_t{3}))) CHECK(v == 3);
    for (const T v : lanes(N(0.1f))) CHECK(v == static_cast<T>(0.1f));
    for (const T v : lanes(N(0.1))) CHECK(v == static_cast<T>(0.1));
    const N z(2);
    static_assert(std::is_same_v<decltype(0.5 * z), N> && std::is_same_v<decltype(z / 3), N>);
    static_assert(std::is_same_v<decltype(max(z, 0)), N> && std::is_same_v<decltype(select(z > 0, 1.0, 2u)), N>);
    for (const T v : lanes(0.1 * z + 1 - 2 / z)) CHECK(v == static_cast<T>(0.1) * 2 + 1 - 1);
  });
}

TEST_CASE("Number: load and store anywhere, lanes in order, their sum") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    std::array<T, 2 * N::lanes + 1> memory{};
    for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<T>(i);
    const N n = N::load(memory.data() + 1);
    const auto lanes = stored(n);
    double sum = 0;
    for (std::size_t i = 0; i < N::lanes; ++i) {
      CHECK(lanes[i] == static_cast<T>(i + 1));
      sum += static_cast<double>(i + 1);
    }
    CHECK(n.sum() == sum);
    CHECK(N::lanes * sizeof(T) == sizeof(n));
  });
}

TEST_CASE("Number: sum adds in double") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    Lanes<N> lanes;
    lanes.fill(1);
    lanes[0] = T(0x1p24);
    CHECK(N::load(lanes.data()).sum() == 0x1p24 + static_cast<double>(N::lanes - 1));
  });
}

TEST_CASE("Number: arithmetic is the scalar's") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    Draw draw(1);
    for (int repetition = 0; repetition < 200; ++repetition) {
      const auto a = drawn<N>(draw, -10, 10), b = drawn<N>(draw, -10, 10), c = drawn<N>(draw, -10, 10);
      const N x = N::load(a.data()), y = N::load(b.data()), z = N::load(c.data());
      const auto sum = stored(x + y), difference = stored(x - y), product = stored(x * y), quotient = stored(x / y);
      const auto minus = stored(-x), absolute = stored(abs(x)), larger = stored(max(x, y)), smaller = stored(min(x, y));
      N changed = x;
      changed += y;
      changed *= z;
      changed -= x;
      changed /= y;
      const auto in_place = stored(changed);
      const auto fused = stored(fma(x, y, z)), root = stored(sqrt(abs(x)));
      for (std::size_t i = 0; i < N::lanes; ++i) {
        REQUIRE(sum[i] == a[i] + b[i]);
        REQUIRE(difference[i] == a[i] - b[i]);
        REQUIRE(product[i] == a[i] * b[i]);
        REQUIRE(rounded<N>(quotient[i], a[i] / b[i]));
        REQUIRE(minus[i] == -a[i]);
        REQUIRE(in_place[i] == doctest::Approx(((a[i] + b[i]) * c[i] - a[i]) / b[i]).epsilon(1e-3));
        REQUIRE(absolute[i] == std::abs(a[i]));
        REQUIRE(larger[i] == (std::max)(a[i], b[i]));
        REQUIRE(smaller[i] == (std::min)(a[i], b[i]));
        REQUIRE(rounded<N>(root[i], std::sqrt(std::abs(a[i]))));
        // One rounding where the instruction set can, else two.
        const T rounding = std::numeric_limits<T>::epsilon() * (std::abs(a[i] * b[i]) + std::abs(c[i]));
        REQUIRE(std::abs(fused[i] - std::fma(a[i], b[i], c[i])) <= rounding);
      }
    }
  });
}

TEST_CASE("Number: comparisons, masks and select choose lane by lane") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    Draw draw(2);
    const N one(1), zero(0);
    for (int repetition = 0; repetition < 50; ++repetition) {
      Lanes<N> a, b;
      for (T& v : a) v = static_cast<T>(draw.size(0, 2));
      for (T& v : b) v = static_cast<T>(draw.size(0, 2));
      if (repetition == 0) a[0] = std::numeric_limits<T>::quiet_NaN();
      const N x = N::load(a.data()), y = N::load(b.data());
      const auto less = stored(select(x < y, one, zero)), more = stored(select(x > y, one, zero));
      const auto at_most = stored(select(x <= y, one, zero)), at_least = stored(select(x >= y, one, zero));
      const auto differ = stored(select(x != y, one, zero)), own = stored(select(x != x, one, zero));
      const auto equal = stored(select(x == y, one, zero)), not_less = stored(select(!(x < y), one, zero));
      const auto both = stored(select((x > 0) & (y > 0), x, y)), either = stored(select((x > 1) | (y > 1), x, y));
      for (std::size_t i = 0; i < N::lanes; ++i) {
        REQUIRE(less[i] == (a[i] < b[i]));
        REQUIRE(more[i] == (a[i] > b[i]));
        REQUIRE(at_most[i] == (a[i] <= b[i]));
        REQUIRE(at_least[i] == (a[i] >= b[i]));
        REQUIRE(differ[i] == (a[i] != b[i]));
        REQUIRE(own[i] == std::isnan(a[i]));
        REQUIRE(equal[i] == (a[i] == b[i]));
        REQUIRE(not_less[i] == !(a[i] < b[i]));
        REQUIRE(same(both[i], a[i] > 0 && b[i] > 0 ? a[i] : b[i]));
        REQUIRE(same(either[i], a[i] > 1 || b[i] > 1 ? a[i] : b[i]));
      }
    }
  });
}

TEST_CASE("Number: max and min keep a NaN in the first argument") {
  over_numbers([]<class N>() {
    CHECK(std::isnan(at<N>([](N x) { return max(x, 0); }, not_a_number)));
    CHECK(std::isnan(at<N>([](N x) { return min(x, 0); }, not_a_number)));
    CHECK(std::isnan(at<N>([](N x) { return max(min(x, 1), -1); }, not_a_number)));
    CHECK(at<N>([](N x) { return max(x, 0); }, infinity) == infinity);
    CHECK(at<N>([](N x) { return max(min(x, 1), -1); }, -infinity) == -1);
  });
}

// The bounds are those of xsimd 8; the scalar functions of the standard library are within 1.
TEST_CASE("Number: accuracy of the functions, in units of epsilon") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    constexpr bool is_float = std::is_same_v<T, float>;
    const double largest = is_float ? 87 : 708, octaves = is_float ? 125 : 1021;
    CAPTURE(N::lanes);
    CAPTURE(is_float);
    const auto to_exp = [](long double x) { return std::exp(x); };
    const auto to_log = [](long double x) { return std::log(x); };
    const auto to_log1p = [](long double x) { return std::log1p(x); };
    const auto to_expm1 = [](long double x) { return std::expm1(x); };
    const auto to_tanh = [](long double x) { return std::tanh(x); };
    const auto to_erf = [](long double x) { return std::erf(x); };
    const auto e = [](auto x) { return exp(x); };
    const auto l = [](auto x) { return log(x); };
    const auto l1 = [](auto x) { return log1p(x); };
    const auto e1 = [](auto x) { return expm1(x); };
    const auto t = [](auto x) { return tanh(x); };
    const auto r = [](auto x) { return erf(x); };
    CHECK(worst_error<N>(e, to_exp, -largest, largest) < 2);
    CHECK(worst_error<N>(e, to_exp, -3, 3) < 2);
    CHECK(worst_error<N>(l, to_log, -octaves, octaves, true) < 2);
    CHECK(worst_error<N>(l, to_log, 0.5, 2) < 2);
    CHECK(worst_error<N>(l1, to_log1p, -octaves, octaves, true) < 2);
    CHECK(worst_error<N>(l1, to_log1p, -0.99, 2) < 2);
    CHECK(worst_error<N>(e1, to_expm1, -largest, largest) < 2);
    CHECK(worst_error<N>(e1, to_expm1, -60, 1, true) < 2);
    CHECK(worst_error<N>(t, to_tanh, -10, 10) < 2);
    CHECK(worst_error<N>(t, to_tanh, -60, 3, true) < 2);
    const double erf_bound = !N::is_scalar && !is_float ? 40 : 2;  // 34 around ±2.2 in a batch of double
    CHECK(worst_error<N>(r, to_erf, -6, 6) < erf_bound);
    CHECK(worst_error<N>(r, to_erf, -60, 2, true) < erf_bound);
    // sin and cos cross 0, where only the absolute error means anything: the bound is 2 at size 1.
    const auto s = [](auto x) { return 2 + sin(x); };
    const auto c = [](auto x) { return 2 + cos(x); };
    CHECK(worst_error<N>(s, [](long double x) { return 2 + std::sin(x); }, -20, 20) < 2);
    CHECK(worst_error<N>(c, [](long double x) { return 2 + std::cos(x); }, -20, 20) < 2);
    const auto p = [](auto x) { return pow(x, 2.5); };
    // A batch takes exp(y log x), whose error grows with |y log x|, 8.5 here.
    CHECK(worst_error<N>(p, [](long double x) { return std::pow(x, 2.5L); }, 0.01, 30) < (N::is_scalar ? 2 : 12));
    CHECK(at<N>([](N x) { return pow(x, 3); }, -2) == doctest::Approx(-8));
    CHECK(at<N>([](N x) { return pow(x, 2); }, 0) == 0);
    CHECK(std::isnan(at<N>([](N x) { return pow(x, 0.5); }, -2)));
  });
}

TEST_CASE("Number: a float's sqrt is the exact one, rounded, for every mantissa and at the ends") {
  over_numbers([]<class N>() {
    if constexpr (std::is_same_v<typename N::Scalar, float> && !N::is_scalar) {
      std::size_t wrong = 0;
      for (const float octave : {1.0f, 2.0f, 0x1p-100f, 0x1p126f})
        for (std::size_t first = 0; first < (std::size_t{1} << 23); first += N::lanes) {
          Lanes<N> x;
          for (std::size_t i = 0; i < N::lanes; ++i)
            x[i] = octave * (1 + static_cast<float>(first + i) * std::numeric_limits<float>::epsilon());
          const auto root = stored(sqrt(N::load(x.data())));
          for (std::size_t i = 0; i < N::lanes; ++i) wrong += rounded<N>(root[i], std::sqrt(x[i])) ? 0 : 1;
        }
      CHECK(wrong == 0);
      using Limits = std::numeric_limits<float>;
      for (const float special : {0.0f, -0.0f, -1.0f, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                                  Limits::denorm_min(), Limits::min(), 0x1p-101f, 0x1p127f, Limits::max()})
        for (std::size_t at = 0; at < N::lanes; ++at) {
          Lanes<N> x;
          x.fill(3);
          x[at] = special;
          const auto root = stored(sqrt(N::load(x.data())));
          for (std::size_t i = 0; i < N::lanes; ++i)
            CHECK((rounded<N>(root[i], std::sqrt(x[i])) || same(root[i], std::sqrt(x[i]))));
        }
    }
  });
}

TEST_CASE("Number: functions at the ends of their range") {
  over_numbers([]<class N>() {
    const auto e = [](N x) { return exp(x); };
    const auto l = [](N x) { return log(x); };
    const auto l1 = [](N x) { return log1p(x); };
    const auto t = [](N x) { return tanh(x); };
    const auto r = [](N x) { return erf(x); };
    CHECK(at<N>(e, 0) == 1);
    const auto largest = static_cast<double>((std::numeric_limits<typename N::Scalar>::max)());
    for (const double big : {1e4, 1e30, largest, infinity}) {
      CHECK(at<N>(e, big) == infinity);
      CHECK(at<N>(e, -big) == 0);
      CHECK(at<N>(t, big) == 1);
      CHECK(at<N>(t, -big) == -1);
      CHECK(at<N>(r, big) == 1);
      CHECK(at<N>(r, -big) == -1);
    }
    CHECK(at<N>(t, 0) == 0);
    CHECK(at<N>(r, 0) == 0);
    CHECK(at<N>(l, 1) == 0);
    CHECK(at<N>(l, 0) == -infinity);
    CHECK(at<N>(l, infinity) == infinity);
    CHECK(std::isnan(at<N>(l, -1)));
    CHECK(at<N>(l1, 0) == 0);
    CHECK(at<N>(l1, -1) == -infinity);
    CHECK(at<N>(l1, infinity) == infinity);
    CHECK(std::isnan(at<N>(l1, -2)));
    CHECK(std::isnan(at<N>([](N x) { return sqrt(x); }, -1)));
    for (const auto f : {+e, +l, +l1, +t, +r}) CHECK(std::isnan(at<N>(f, not_a_number)));
    CHECK(at<N>([](N x) { return abs(x); }, -infinity) == infinity);
  });
}

TEST_CASE("Number: exp never jumps to 0 or infinity where the value is a normal number") {
  over_numbers([]<class N>() {
    using T = typename N::Scalar;
    const auto e = [](N x) { return exp(x); };
    const double low = std::log(static_cast<double>((std::numeric_limits<T>::min)())) + 0.01;
    const double high = std::log(static_cast<double>((std::numeric_limits<T>::max)())) - 0.5;
    CHECK(at<N>(e, low) > 0);
    CHECK(std::isfinite(at<N>(e, high)));
    CHECK(at<N>(e, low) == doctest::Approx(std::exp(static_cast<double>(static_cast<T>(low)))).epsilon(1e-6));
    CHECK(at<N>(e, high) == doctest::Approx(std::exp(static_cast<double>(static_cast<T>(high)))).epsilon(1e-6));
  });
}
