// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace evomlp;

namespace {

TEST_CASE("autocorrelation: worked by hand") {
  // Deviations from the mean 2.5: -1.5, -0.5, 0.5, 1.5; their squares sum to 5.
  const auto found = autocorrelation(std::vector<double>{1, 2, 3, 4}, 3);
  REQUIRE(found.size() == 4);
  CHECK(found[0] == 1);
  CHECK(found[1] == doctest::Approx(1.25 / 5));
  CHECK(found[2] == doctest::Approx(-1.5 / 5));
  CHECK(found[3] == doctest::Approx(-2.25 / 5));
  for (const double value : autocorrelation(std::vector<double>{3, 3, 3}, 2)) CHECK(std::isnan(value));
  for (const double value : autocorrelation(std::vector<double>(10, 0.1), 2)) CHECK(std::isnan(value));  // mean rounded
  CHECK_THROWS_WITH_AS(autocorrelation(std::vector<double>{1, 2}, 2),
                       "autocorrelation: lags is 2, expected 0 or more and fewer than the 2 numbers of the series",
                       TrainingError);
  CHECK_THROWS_AS(autocorrelation(std::vector<double>{1, 2}, -1), TrainingError);
  CHECK_THROWS_AS(autocorrelation(std::vector<double>{}, 0), TrainingError);
}

// Measured with another program, mean of 10 seeds: white 0.004 and -0.005 at the lags 1 and 15, brown 0.972 and 0.638.
TEST_CASE("white and brown noise: as independent and as alike as they should be") {
  std::vector<double> white(16), brown(16);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto of_white = autocorrelation(white_noise(256, seed), 15),
               of_brown = autocorrelation(brown_noise(256, seed), 15);
    for (std::size_t lag = 0; lag < 16; ++lag) {
      white[lag] += of_white[lag] / 50;
      brown[lag] += of_brown[lag] / 50;
    }
  }
  for (const std::size_t lag : {1u, 2u, 5u, 15u}) CHECK(std::abs(white[lag]) < 0.03);
  CHECK(brown[1] == doctest::Approx(0.972).epsilon(0.01));
  CHECK(brown[15] == doctest::Approx(0.638).epsilon(0.1));
  CHECK(white_noise(9, 1) == white_noise(9, 1));
  CHECK(white_noise(9, 1) != white_noise(9, 2));
  const auto steps = white_noise(3, 1), walk = brown_noise(3, 1);
  CHECK(walk[2] == doctest::Approx(steps[0] + steps[1] + steps[2]));
}

}  // namespace
