// SPDX-License-Identifier: MIT
#include "evomlp/kernels/softmax.hpp"

#include "support/draw.hpp"
#include "support/guarded.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace kernels = evomlp::kernels;

using evomlp::kernels::Matrix;
using evomlp_test::Draw;
using evomlp_test::Guarded;

TEST_CASE("softmax of each row, with its largest and its sum, also in place") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    Draw draw(31);
    const double bound = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
    for (const std::size_t rows : {1u, 2u, 5u})
      for (std::size_t cols = 1; cols <= 40; ++cols) {
        CAPTURE(rows);
        CAPTURE(cols);
        Guarded<T> x(rows * cols, 1, 0), y(rows * cols, 3, 0), in_place(rows * cols, 2, 0);
        draw.fill_normal(x.values());
        std::copy_n(x.data(), rows * cols, in_place.data());
        std::vector<double> log_sums;
        evomlp::kernels::softmax(kernels::Matrix<const T, Isa>{x.data(), rows, cols},
                                 kernels::Matrix<T, Isa>{y.data(), rows, cols}, [&](std::size_t i, T largest, T sum) {
                                   REQUIRE(i == log_sums.size());
                                   log_sums.push_back(static_cast<double>(std::log(sum) + largest));
                                 });
        const kernels::Matrix<T, Isa> same{in_place.data(), rows, cols};
        evomlp::kernels::softmax(same, same, [](auto...) {});
        double worst = 0;
        for (std::size_t i = 0; i < rows; ++i) {
          double sum = 0;
          for (std::size_t j = 0; j < cols; ++j) sum += std::exp(static_cast<double>(x[i * cols + j]));
          for (std::size_t j = 0; j < cols; ++j) {
            const double expected = std::exp(static_cast<double>(x[i * cols + j])) / sum;
            worst = (std::max)(worst, std::abs(static_cast<double>(y[i * cols + j]) - expected) / expected);
            REQUIRE(y[i * cols + j] == in_place[i * cols + j]);
          }
          REQUIRE(log_sums[i] == doctest::Approx(std::log(sum)).epsilon(bound));
        }
        REQUIRE(worst <= bound);
        REQUIRE((y.intact() && in_place.intact()));
      }
  });
}

TEST_CASE("softmax of logits of +-1e4 and beyond") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const T huge = (std::numeric_limits<T>::max)() / 2;
    const std::array<T, 12> x = {T(1e4), T(-1e4), T(1e4), T(-1e4), T(-1e4), T(-1e4),
                                 huge,   0,       -huge,  T(-1e4), 0,       T(1e4)};
    std::array<T, 12> y{};
    evomlp::kernels::softmax(kernels::Matrix<const T, Isa>{x.data(), 4, 3}, kernels::Matrix<T, Isa>{y.data(), 4, 3},
                             [](auto...) {});
    CHECK(y[0] == T(0.5));
    CHECK(y[1] == 0);
    CHECK(y[2] == T(0.5));
    for (const std::size_t i : {3u, 4u, 5u}) CHECK(static_cast<double>(y[i]) == doctest::Approx(1.0 / 3));
    CHECK(y[6] == 1);
    CHECK(y[7] == 0);
    CHECK(y[8] == 0);
    CHECK(y[9] == 0);
    CHECK(y[10] == 0);
    CHECK(y[11] == 1);  // the largest isn't the first
  });
}

TEST_CASE("softmax: a NaN anywhere makes its row NaN, and no other") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (std::size_t at = 0; at < 21; ++at) {
      std::vector<T> x(63, T(0.5)), y(63);
      x[21 + at] = std::numeric_limits<T>::quiet_NaN();
      evomlp::kernels::softmax(kernels::Matrix<const T, Isa>{x.data(), 3, 21}, kernels::Matrix<T, Isa>{y.data(), 3, 21},
                               [](auto...) {});
      for (std::size_t i = 0; i < 63; ++i) REQUIRE(std::isnan(y[i]) == (i / 21 == 1));
    }
  });
}

TEST_CASE("softmax of very many: the sum keeps the digits of a float") {
  evomlp_test::over_few_setups([]<class Isa, class T>() {
    for (const T others : {T(-0.1), T(-9)}) {
      std::vector<T> y(100'001, others);
      y[0] = 0;
      const evomlp::kernels::Matrix<T, Isa> row{y.data(), 1, y.size()};
      double got = 0;
      evomlp::kernels::softmax(row, row, [&](std::size_t, T, T sum) { got = static_cast<double>(sum); });
      CHECK(got == doctest::Approx(1 + 1e5 * std::exp(static_cast<double>(others))).epsilon(1e-6));
    }
  });
}
