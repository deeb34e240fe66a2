// SPDX-License-Identifier: MIT
// Loops over rows and columns: sources and destinations of every kind, at every tail.
#include "evomlp/kernels/each.hpp"

#include "evomlp/kernels/destination.hpp"
#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using evomlp::kernels::AddedTo;
using evomlp::kernels::Constant;
using evomlp::kernels::Kept;
using evomlp::kernels::Matrix;
using evomlp::kernels::Scaled;
using evomlp::kernels::Vector;
using evomlp_test::Draw;
using evomlp_test::Guarded;
namespace kernels = evomlp::kernels;

namespace {

template <class T>
Guarded<T> whole(std::size_t size, Draw& draw) {
  Guarded<T> memory(size, draw.size(0, 3), draw.size(0, 1) * 5);
  draw.fill_whole(memory.values());
  return memory;
}

void over_shapes(auto one) {
  for (const std::size_t rows : {0u, 1u, 2u, 3u, 7u})
    for (std::size_t cols = 1; cols <= 40; ++cols) one(rows, cols);
  one(std::size_t{3}, std::size_t{130});
}

/// Numbers of one shape; calls `test` for each instruction set, scalar and shape.
void over_all(auto test) {
  Draw draw(21);
  over_shapes([&](std::size_t rows, std::size_t cols) {
    CAPTURE(rows);
    CAPTURE(cols);
    evomlp_test::over_setups([&]<class Isa, class T>() {
      CAPTURE(sizeof(T));
      test.template operator()<Isa, T>(rows, cols, draw);
    });
  });
}

}  // namespace

TEST_CASE("each: matrices and constants, in one flat run") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw), b = whole<T>(rows * cols, draw), to = whole<T>(rows * cols, draw);
    kernels::each(
        kernels::Matrix<T, Isa>{to.data(), rows, cols}, [](auto p, auto q, auto three) { return p * q + three; },
        kernels::Matrix<const T, Isa>{a.data(), rows, cols}, kernels::Matrix<const T, Isa>{b.data(), rows, cols},
        kernels::Constant{3});
    int wrong = to.intact() ? 0 : 1;
    for (std::size_t i = 0; i < rows * cols; ++i) wrong += to[i] != a[i] * b[i] + 3 ? 1 : 0;
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("each: a vector among the sources is the same for every row") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw), v = whole<T>(cols, draw), to = whole<T>(rows * cols, draw);
    const kernels::Matrix<const T, Isa> ma{a.data(), rows, cols};
    kernels::each(
        kernels::Matrix<T, Isa>{to.data(), rows, cols}, [](auto p, auto q) { return p - q; }, kernels::Scaled{2.0, ma},
        kernels::Vector<const T, Isa>{v.data(), cols});
    int wrong = to.intact() ? 0 : 1;
    for (std::size_t i = 0; i < rows * cols; ++i) wrong += to[i] != 2 * a[i] - v[i % cols] ? 1 : 0;
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("each: into two places, one of them added to a third") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw), x = whole<T>(rows * cols, draw);
    auto copy = whole<T>(rows * cols, draw), to = whole<T>(rows * cols, draw);
    const kernels::Matrix<T, Isa> mto{to.data(), rows, cols}, mcopy{copy.data(), rows, cols};
    const kernels::Matrix<const T, Isa> mx{x.data(), rows, cols};
    kernels::each(
        kernels::Kept{mcopy, kernels::AddedTo{mx, 0.5, mto}}, [](auto p) { return -p; },
        kernels::Matrix<const T, Isa>{a.data(), rows, cols});
    int wrong = to.intact() && copy.intact() ? 0 : 1;
    for (std::size_t i = 0; i < rows * cols; ++i) wrong += copy[i] != -a[i] || to[i] != x[i] - T(0.5) * a[i] ? 1 : 0;
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("each: in place") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw);
    const std::vector<T> before(a.values().begin(), a.values().end());
    const kernels::Matrix<T, Isa> m{a.data(), rows, cols};
    kernels::each(m, [](auto p) { return p * p; }, m);
    int wrong = a.intact() ? 0 : 1;
    for (std::size_t i = 0; i < rows * cols; ++i) wrong += a[i] != before[i] * before[i] ? 1 : 0;
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("each: into a vector") {
  over_all([]<class Isa, class T>(std::size_t, std::size_t cols, Draw& draw) {
    auto a = whole<T>(cols, draw), to = whole<T>(cols, draw);
    kernels::each(
        kernels::Vector<T, Isa>{to.data(), cols}, [](auto p, auto c) { return p + c; },
        kernels::Vector<T, Isa>{a.data(), cols}, kernels::Constant{1});
    int wrong = to.intact() ? 0 : 1;
    for (std::size_t j = 0; j < cols; ++j) wrong += to[j] != a[j] + 1 ? 1 : 0;
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("sums and column_sums: over the rows, 0 without any") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw), m = whole<T>(cols, draw), s = whole<T>(cols, draw), c = whole<T>(cols, draw);
    const kernels::Matrix<const T, Isa> ma{a.data(), rows, cols};
    kernels::sums(
        rows, kernels::Vector<T, Isa>{s.data(), cols},
        [](auto x, auto mean, auto one) { return (x - mean) * (x - mean) + one; }, kernels::Scaled{3.0, ma},
        kernels::Vector<const T, Isa>{m.data(), cols}, kernels::Constant{1});
    kernels::column_sums(ma, kernels::Vector<T, Isa>{c.data(), cols});
    int wrong = s.intact() && c.intact() ? 0 : 1;
    for (std::size_t j = 0; j < cols; ++j) {
      T squares = 0, sum = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        const T d = 3 * a[i * cols + j] - m[j];
        squares += d * d + 1;
        sum += a[i * cols + j];
      }
      wrong += s[j] != squares || c[j] != sum ? 1 : 0;
    }
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("total: over all elements") {
  over_all([]<class Isa, class T>(std::size_t rows, std::size_t cols, Draw& draw) {
    auto a = whole<T>(rows * cols, draw), v = whole<T>(cols, draw);
    const kernels::Matrix<const T, Isa> ma{a.data(), rows, cols};
    const double got =
        kernels::total([](auto x, auto y) { return x * y + 1; }, ma, kernels::Vector<const T, Isa>{v.data(), cols});
    double expected = 0;
    for (std::size_t i = 0; i < rows * cols; ++i)
      expected += static_cast<double>(a[i]) * static_cast<double>(v[i % cols]) + 1;
    REQUIRE(got == expected);
  });
}

TEST_CASE("total loses nothing on long columns and rows") {
  // Added up one by one in float, these would be wrong in the fifth digit.
  std::vector<float> a(200001, 0.1f);
  const double exact = static_cast<double>(a[0]) * static_cast<double>(a.size());
  evomlp_test::over_setups([&]<class Isa, class T>() {
    if constexpr (std::is_same_v<T, float>) {
      const auto same = [](auto x) { return x; };
      CHECK(kernels::total(same, kernels::Matrix<const float, Isa>{a.data(), a.size(), 1}) ==
            doctest::Approx(exact).epsilon(4e-6));
      CHECK(kernels::total(same, kernels::Matrix<const float, Isa>{a.data(), 1, a.size()}) ==
            doctest::Approx(exact).epsilon(4e-6));
      CHECK(kernels::total(same, kernels::Matrix<const float, Isa>{a.data(), 3, a.size() / 3}) ==
            doctest::Approx(exact).epsilon(4e-6));
    }
  });
}

TEST_CASE("each and sums let a NaN through, and only where it is") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (std::size_t at = 0; at < 37; ++at) {
      std::vector<T> a(37, T(1)), to(37), s(37);
      a[at] = std::numeric_limits<T>::quiet_NaN();
      const kernels::Matrix<const T, Isa> m{a.data(), 1, 37};
      kernels::each(kernels::Matrix<T, Isa>{to.data(), 1, 37}, [](auto x) { return max(2 * x, 0); }, m);
      kernels::column_sums(m, kernels::Vector<T, Isa>{s.data(), 37});
      for (std::size_t j = 0; j < 37; ++j) {
        REQUIRE(std::isnan(to[j]) == (j == at));
        REQUIRE(std::isnan(s[j]) == (j == at));
      }
    }
  });
}
