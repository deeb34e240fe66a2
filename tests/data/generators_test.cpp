// SPDX-License-Identifier: MIT
// The layout is compared with numbers from scikit-learn's formulas, computed with 30 digits; the random part is held to
// its definition by statistics and to the same bits on every compiler by fingerprints.
#include "evomlp/data/generators.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using evomlp::DataError;
using evomlp::Dataset;
using evomlp::make_circles;
using evomlp::make_moons;
using evomlp::make_spirals;

namespace {

struct Row {
  double x, y, target;
  auto operator<=>(const Row&) const = default;
};

template <class T>
std::vector<Row> rows_of(const Dataset<T>& dataset) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    rows.push_back({static_cast<double>(dataset.x(i, 0)), static_cast<double>(dataset.x(i, 1)),
                    static_cast<double>(dataset.y(i, 0))});
  }
  return rows;
}

void check_rows(const Dataset<double>& dataset, const std::vector<Row>& expected) {
  REQUIRE(dataset.size() == expected.size());
  REQUIRE(dataset.features() == 2);
  REQUIRE(dataset.y.shape()[0] == expected.size());
  REQUIRE(dataset.outputs() == 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(std::fabs(dataset.x(i, 0) - expected[i].x) < 1e-15);
    CHECK(std::fabs(dataset.x(i, 1) - expected[i].y) < 1e-15);
    CHECK(dataset.y(i, 0) == expected[i].target);
  }
}

template <class T>
std::uint64_t fingerprint(const Dataset<T>& dataset) {
  std::uint64_t value = 14695981039346656037u;
  for (const Row& row : rows_of(dataset)) {
    for (const double number : {row.x, row.y, row.target}) {
      value = (value ^ std::bit_cast<std::uint64_t>(number)) * 1099511628211u;
      value ^= value >> 29;
    }
  }
  return value;
}

}  // namespace

TEST_CASE("make_circles has scikit-learn's layout") {
  const double s = 0.86602540378443864676;  // sqrt(3) / 2
  check_rows(make_circles<double>({.n_samples = 7, .factor = 0.3, .shuffle = false}),
             {{1, 0, 0}, {-0.5, s, 0}, {-0.5, -s, 0}, {0.3, 0, 1}, {0, 0.3, 1}, {-0.3, 0, 1}, {0, -0.3, 1}});
  check_rows(make_circles<double>({.n_samples = 2, .shuffle = false}), {{1, 0, 0}, {0.8, 0, 1}});
  check_rows(make_circles<double>({.n_samples = 3, .factor = 0, .shuffle = false}), {{1, 0, 0}, {0, 0, 1}, {0, 0, 1}});
  CHECK(make_circles().size() == 100);
}

TEST_CASE("make_moons has scikit-learn's layout") {
  const double s = 0.86602540378443864676;
  check_rows(make_moons<double>({.n_samples = 7, .shuffle = false}),
             {{1, 0, 0}, {0, 1, 0}, {-1, 0, 0}, {0, 0.5, 1}, {0.5, 0.5 - s, 1}, {1.5, 0.5 - s, 1}, {2, 0.5, 1}});
  check_rows(make_moons<double>({.n_samples = 2, .shuffle = false}), {{1, 0, 0}, {0, 0.5, 1}});
  CHECK(make_moons().size() == 100);
}

TEST_CASE("make_spirals winds two arms around the origin") {
  check_rows(make_spirals<double>({.n_samples = 5, .shuffle = false}),
             {{0.5, 0, 0},
              {-0.097461793339810243439, -0.86052379330207257185, 0},
              {-0.16565087657046955655, 0.37313061219645558156, 1},
              {0.60685048461047411486, -0.36294970633413208408, 1},
              {-0.41822153929228608506, 0.81143334748167956941, 1}});
  // With equally many samples the second arm is the first one seen from the other side.
  const auto spirals = make_spirals<double>({.n_samples = 40, .turns = 1.5, .shuffle = false});
  for (std::size_t k = 0; k < 20; ++k) {
    CHECK(spirals.x(k, 0) == -spirals.x(k + 20, 0));
    CHECK(spirals.x(k, 1) == -spirals.x(k + 20, 1));
    const double radius = std::hypot(spirals.x(k, 0), spirals.x(k, 1));
    CHECK(radius == doctest::Approx(std::sqrt((static_cast<double>(k) + 0.5) / 20)));
    CHECK(radius < 1);
  }
}

TEST_CASE("options are given by name, in this order") {
  const auto circles = make_circles({.n_samples = 10, .noise = 0.1, .factor = 0.3, .shuffle = true, .seed = 7});
  const auto moons = make_moons({.n_samples = 11, .noise = 0.1, .shuffle = true, .seed = 7});
  const auto spirals = make_spirals({.n_samples = 12, .noise = 0.1, .turns = 2, .shuffle = true, .seed = 7});
  CHECK(circles.size() == 10);
  CHECK(moons.size() == 11);
  CHECK(spirals.size() == 12);
}

TEST_CASE("shuffled data are the unshuffled rows in another order") {
  const auto check = [](auto make, auto options) {
    options.n_samples = 101;
    options.noise = 0.1;
    options.seed = 3;
    options.shuffle = false;
    auto plain = rows_of(make(options));
    options.shuffle = true;
    auto shuffled = rows_of(make(options));
    CHECK(plain[0].target == 0);
    CHECK(plain[49].target == 0);
    CHECK(plain[50].target == 1);
    CHECK(plain != shuffled);
    std::sort(plain.begin(), plain.end());
    std::sort(shuffled.begin(), shuffled.end());
    CHECK(plain == shuffled);
  };
  check([](const auto& options) { return make_circles(options); }, evomlp::MakeCircles{});
  check([](const auto& options) { return make_moons(options); }, evomlp::MakeMoons{});
  check([](const auto& options) { return make_spirals(options); }, evomlp::MakeSpirals{});
}

TEST_CASE("noise is Gaussian with the given standard deviation, in both coordinates") {
  const auto clean = make_circles<double>({.n_samples = 20000, .shuffle = false});
  const auto noisy = make_circles<double>({.n_samples = 20000, .noise = 0.25, .shuffle = false, .seed = 9});
  for (const std::size_t column : {0u, 1u}) {
    double sum = 0, squares = 0, fourths = 0, across = 0;
    for (std::size_t i = 0; i < 20000; ++i) {
      const double z = (noisy.x(i, column) - clean.x(i, column)) / 0.25;
      sum += z;
      squares += z * z;
      fourths += z * z * z * z;
      across += z * (noisy.x(i, 1 - column) - clean.x(i, 1 - column)) / 0.25;
    }
    CHECK(std::fabs(sum / 20000) < 0.035);  // 5 sigma each
    CHECK(squares / 20000 == doctest::Approx(1).epsilon(0.05));
    CHECK(fourths / 20000 == doctest::Approx(3).epsilon(0.12));
    CHECK(std::fabs(across / 20000) < 0.035);
  }
}

TEST_CASE("a seed fixes the data, another seed changes noise and order") {
  const auto order_of = [](std::uint64_t seed) {
    return rows_of(make_circles({.n_samples = 60, .seed = seed}));  // no noise: the order alone
  };
  CHECK(order_of(1) == order_of(1));
  CHECK(order_of(1) != order_of(2));
  const auto noise_of = [](std::uint64_t seed) {
    return rows_of(make_moons({.n_samples = 60, .noise = 0.1, .shuffle = false, .seed = seed}));
  };
  CHECK(noise_of(1) == noise_of(1));
  CHECK(noise_of(1) != noise_of(2));
}

TEST_CASE("generated data are the same bits on every compiler") {
  CHECK(fingerprint(make_circles({.n_samples = 1000, .noise = 0.1, .factor = 0.3, .seed = 7})) ==
        15816475924845437362u);
  CHECK(fingerprint(make_circles<double>({.n_samples = 1000, .noise = 0.1, .factor = 0.3, .seed = 7})) ==
        3713363622853387224u);
  CHECK(fingerprint(make_moons<double>({.n_samples = 1000, .noise = 0.1, .seed = 7})) == 13319585845724893490u);
  CHECK(fingerprint(make_spirals<double>({.n_samples = 1000, .noise = 0.02, .seed = 7})) == 4594929693774463866u);
}

TEST_CASE("float data are the double data, rounded") {
  const auto wide = make_spirals<double>({.n_samples = 50, .noise = 0.1});
  const auto narrow = make_spirals({.n_samples = 50, .noise = 0.1});
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(narrow.x(i, 0) == static_cast<float>(wide.x(i, 0)));
    CHECK(narrow.x(i, 1) == static_cast<float>(wide.x(i, 1)));
    CHECK(narrow.y(i, 0) == static_cast<float>(wide.y(i, 0)));
  }
}

TEST_CASE("generators refuse settings that make no sense") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(make_circles({.n_samples = 1}), "make_circles: n_samples is 1, expected at least 2", DataError);
  CHECK_THROWS_WITH_AS(make_moons({.n_samples = -5}), "make_moons: n_samples is -5, expected at least 2", DataError);
  CHECK_THROWS_WITH_AS(make_spirals({.n_samples = 0}), "make_spirals: n_samples is 0, expected at least 2", DataError);
  CHECK_THROWS_WITH_AS(make_circles({.noise = -0.5}),
                       "make_circles: noise is -0.5, expected a standard deviation of 0 or more", DataError);
  CHECK_THROWS_WITH_AS(make_moons({.noise = nan}),
                       "make_moons: noise is nan, expected a standard deviation of 0 or more", DataError);
  CHECK_THROWS_AS(make_spirals({.noise = infinity}), DataError);
  CHECK_THROWS_WITH_AS(make_circles({.factor = 1}), "make_circles: factor is 1, expected a radius in [0, 1)",
                       DataError);
  CHECK_THROWS_AS(make_circles({.factor = -0.1}), DataError);
  CHECK_THROWS_AS(make_circles({.factor = nan}), DataError);
  CHECK_THROWS_WITH_AS(make_spirals({.turns = 0}), "make_spirals: turns is 0, expected a positive number", DataError);
  CHECK_THROWS_AS(make_spirals({.turns = infinity}), DataError);
}
