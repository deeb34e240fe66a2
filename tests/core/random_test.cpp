// SPDX-License-Identifier: MIT
// The random streams and the portable functions under them: published vectors, stored bits, reference values,
// statistics. Stored values come from an independent implementation (Python integers, 40-digit arithmetic for the
// normals); only the fingerprints come from these functions themselves, and hold every compiler to the same bits.
#include "evomlp/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <utility>
#include <vector>
using evomlp::Random;
using evomlp::Stream;
namespace portable = evomlp::portable;

namespace {

using Words = std::array<std::uint32_t, 4>;

// Random123 1.14.0, tests/kat_vectors, "philox4x32 10": also checked at compile time.
static_assert(evomlp::philox4x32_10({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(evomlp::philox4x32_10({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
              Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(Random(42, Stream::init).bits(0) == 0x85346c2387fcb656u);

double relative_error(double got, double expected) { return std::fabs(got - expected) / std::fabs(expected); }

// Order-sensitive, so that a single different bit anywhere changes it.
struct Fingerprint {
  std::uint64_t value = 14695981039346656037u;
  void add(double x) {
    value = (value ^ std::bit_cast<std::uint64_t>(x)) * 1099511628211u;
    value ^= value >> 29;
  }
};

}  // namespace

TEST_CASE("philox4x32_10 gives Random123's published vectors") {
  CHECK(evomlp::philox4x32_10({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(evomlp::philox4x32_10({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(evomlp::philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream gives the stored bits") {
  const Random random(42, Stream::init);
  const std::array<std::uint64_t, 4> bits = {0x85346c2387fcb656, 0x4d4190ef3855877b, 0x2cb23492d0d2af4b,
                                             0xa749f284b570a6ca};
  const std::array<double, 4> uniform = {0x1.0a68d8470ff96p-1, 0x1.350643bce1560p-2, 0x1.6591a49686954p-3,
                                         0x1.4e93e5096ae14p-1};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(random.bits(i) == bits[i]);
    CHECK(random.uniform(i) == uniform[i]);
    const Words block = random.block(i);
    CHECK((std::uint64_t{block[1]} << 32 | block[0]) == bits[i]);
  }

  // Every one of the 256 bits of seed, stream, substream and index takes part.
  const Random far(0xffffffffffffffff, Stream::data, 0x8000000000000005);
  CHECK(far.bits(0xffffffffffffffff) == 0xf3f56965dd7c4d0a);
  CHECK(relative_error(far.normal(std::uint64_t{1} << 40), -0x1.29114bb7fe1abp-1) < 1e-15);
}

TEST_CASE("seeds, streams, substreams and indices lead to different values") {
  std::set<std::uint64_t> seen;
  std::size_t asked = 0;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
    for (const Stream stream : {Stream::init, Stream::shuffle, Stream::dropout, Stream::split, Stream::data,
                                Stream::direction, Stream::blocks}) {
      for (const std::uint64_t substream : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
        for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
          seen.insert(Random(seed, stream, substream).bits(index));
          ++asked;
        }
      }
    }
  }
  CHECK(asked == 189);
  CHECK(seen.size() == asked);
}

TEST_CASE("uniform has the moments and the spread of a uniform variable") {
  const Random random(3, Stream::data);
  constexpr std::size_t n = 100000, cells = 64;
  double sum = 0, squares = 0, lagged = 0, previous = 0.5;
  std::array<double, cells> counts{};
  for (std::size_t i = 0; i < n; ++i) {
    const double u = random.uniform(i);
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    lagged += (u - 0.5) * (previous - 0.5);
    previous = u;
    ++counts[static_cast<std::size_t>(u * cells)];
  }
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.01));           // 5 sigma: 0.0046
  CHECK(squares / n == doctest::Approx(1.0 / 12).epsilon(0.02));  // 5 sigma: 1.4 %
  CHECK(std::fabs(lagged / n) < 0.0014);                          // 5 sigma of a product of neighbours
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - n / cells) * (count - n / cells) / (n / cells);
  CHECK(chi_square > 25);  // 63 degrees of freedom: outside (25, 125) with probability 1e-5
  CHECK(chi_square < 125);
}

TEST_CASE("below is unbiased, in range, and the stored values") {
  const Random random(42, Stream::init);
  const std::array<std::uint64_t, 12> digits = {6, 9, 5, 7, 7, 2, 0, 9, 3, 3, 2, 5};
  for (std::size_t i = 0; i < digits.size(); ++i) CHECK(random.below(i, 10) == digits[i]);

  // Just above a power of two every other candidate is rejected: these values need first, second and further tries.
  const std::uint64_t n = (std::uint64_t{1} << 63) + 1;
  CHECK(random.below(0, n) == 0x44fe701f55adf555);
  CHECK(random.below(1, n) == 0x4d4190ef3855877b);
  CHECK(random.below(3, n) == 0x5b28b878af0061ce);
  CHECK(random.below(5, 1) == 0);
  CHECK(random.below(0, std::numeric_limits<std::uint64_t>::max()) == 0x85346c2387fcb656);
  CHECK(random.below(3, 0) == 0);  // nothing to choose from, and no endless search for it

  for (const std::uint64_t sides : {2u, 3u, 6u, 33u}) {
    std::vector<double> counts(sides);
    constexpr double throws = 30000;
    for (std::uint64_t i = 0; i < 30000; ++i) {
      const std::uint64_t value = random.below(i, sides);
      REQUIRE(value < sides);
      ++counts[value];
    }
    const auto expected = throws / static_cast<double>(sides);
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    const auto freedom = static_cast<double>(sides - 1);
    CHECK(chi_square < freedom + 5 * std::sqrt(2 * freedom) + 10);
  }
}

TEST_CASE("normal gives the reference values") {
  const Random random(42, Stream::init);
  const std::array<double, 6> expected = {-0x1.4921ac2fec36ap-1, 0x1.0859cac013102p+0, 0x1.5b8af093661e6p+0,
                                          -0x1.cbb7f5e2cfc3cp-2, 0x1.1b2645adbb3d4p-2, -0x1.b14bf50b1d632p-3};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(relative_error(random.normal(i), expected[i]) < 1e-15);
}

TEST_CASE("normals, logarithms and sines are the same bits on every compiler") {
  const Random random(42, Stream::init);
  Fingerprint normals, logarithms, sines;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    normals.add(random.normal(i));
    logarithms.add(portable::log(std::fma(random.uniform(i), 1e3, 1e-9)));
    const auto angle = portable::sin_cos_turns(std::fma(random.uniform(i), 20.0, -10.0));
    sines.add(angle.sin);
    sines.add(angle.cos);
  }
  CHECK(normals.value == 12966655624503916476u);
  CHECK(logarithms.value == 15097526185250182651u);
  CHECK(sines.value == 8359394523763894626u);
}

TEST_CASE("normal has the moments and the tails of the standard normal") {
  const Random random(5, Stream::init);
  constexpr std::size_t n = 200000;
  double sum = 0, squares = 0, cubes = 0, fourths = 0;
  std::size_t beyond_one = 0, beyond_three = 0, positive = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double z = random.normal(i);
    REQUIRE(std::fabs(z) < 8.3);
    sum += z;
    squares += z * z;
    cubes += z * z * z;
    fourths += z * z * z * z;
    beyond_one += std::fabs(z) > 1 ? 1 : 0;
    beyond_three += std::fabs(z) > 3 ? 1 : 0;
    positive += z > 0 ? 1 : 0;
  }
  CHECK(std::fabs(sum / n) < 0.012);                        // sigma 0.0022
  CHECK(squares / n == doctest::Approx(1).epsilon(0.016));  // sigma 0.0032
  CHECK(std::fabs(cubes / n) < 0.045);                      // sigma 0.0087
  CHECK(fourths / n == doctest::Approx(3).epsilon(0.04));   // sigma 0.0073 of 1
  CHECK(static_cast<double>(beyond_one) / n == doctest::Approx(0.3173).epsilon(0.02));
  CHECK(static_cast<double>(beyond_three) / n == doctest::Approx(0.0027).epsilon(0.25));
  CHECK(static_cast<double>(positive) / n == doctest::Approx(0.5).epsilon(0.012));
}

TEST_CASE("normal_quantile agrees with 25-digit values in every branch") {
  const std::pair<double, double> table[] = {
      {0x1p-54, -8.292361075813595538234152},   {0x1p-45, -7.515155294158907580400652},
      {0x1p-37, -6.752300431407014964607627},   {0x1p-36, -6.651035379893010546657861},
      {0x1p-35, -6.548269367831730755387616},   {0x1p-20, -4.763001034267813956988554},
      {0.001, -3.090232306167813535358005},     {0.05, -1.644853626951472687952128},
      {0.0750001, -1.439530764501729686493336}, {0.07, -1.475791028179170685608678},
      {0.1, -1.281551565544600435334517},       {0.25, -0.674489750196081743202227},
      {0.45, -0.1256613468550740061604284},     {0.499, -0.002506630899571766231698791},
      {0.6, 0.2533471031357997413246887},       {0.925, 1.43953147093845622906332},
      {0.93, 1.475791028179171099044393},       {0.99, 2.326347874040840767637189},
      {0.999999, 4.753424308817087765688097}};
  for (const auto& entry : table) {
    const double p = entry.first, z = entry.second;
    CAPTURE(p);
    CHECK(relative_error(portable::normal_quantile(p), z) < 1e-15);
  }
  CHECK(portable::normal_quantile(0.5) == 0);
  for (const double p : {0.25, 0.0625, 0x1p-20}) {
    CHECK(portable::normal_quantile(1 - p) == -portable::normal_quantile(p));
  }
}

TEST_CASE("log agrees with 25-digit values") {
  const std::pair<double, double> table[] = {{0x1p-54, -37.42994775023704670853053},
                                             {1e-300, -690.7755278982137051803383},
                                             {1e-10, -23.02585092994045680374772},
                                             {0.075, -2.590267165445826648464645},
                                             {0.5, -0.6931471805599453094172321},
                                             {0.7, -0.3566749439387324423539544},
                                             {0.71, -0.3424903089467759967447492},
                                             {0.999, -0.001000500333583534389210469},
                                             {1.0009765625, 0.0009760859730554588959608249},
                                             {1.4, 0.3364722366212128670632777},
                                             {1.42, 0.3506568716131693126724829},
                                             {2.0, 0.6931471805599453094172321},
                                             {10.0, 2.302585092994045684017991},
                                             {12345.678, 9.421061321291831967097142},
                                             {1e300, 690.7755278982137052579022}};
  for (const auto& entry : table) {
    const double x = entry.first, y = entry.second;
    CAPTURE(x);
    CHECK(relative_error(portable::log(x), y) < 1e-15);
  }
  CHECK(portable::log(1) == 0);
  // Against this machine's libm, which no more than agrees to rounding.
  const Random random(1, Stream::data);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double x = std::exp(std::fma(random.uniform(i), 1400.0, -700.0));
    REQUIRE(std::fabs(portable::log(x) - std::log(x)) <= 1e-15 * (std::max)(1.0, std::fabs(std::log(x))));
  }
}

TEST_CASE("sin_cos_turns is accurate, and exact at quarter turns") {
  const std::array<std::pair<double, double>, 4> quarters = {{{0, 1}, {1, 0}, {0, -1}, {-1, 0}}};  // sin, cos
  for (int quarter = -9; quarter <= 9; ++quarter) {
    const auto angle = portable::sin_cos_turns(quarter / 4.0);
    const auto& [sine, cosine] = quarters[static_cast<std::size_t>(quarter & 3)];
    CAPTURE(quarter);
    CHECK(angle.sin == sine);
    CHECK(angle.cos == cosine);
  }
  const double sqrt_half = 0x1.6a09e667f3bcdp-1;
  CHECK(portable::sin_cos_turns(0.125).sin == doctest::Approx(sqrt_half).epsilon(1e-15));
  CHECK(portable::sin_cos_turns(1.0 / 12).sin == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(portable::sin_cos_turns(1e300).cos == 1);

  const Random random(2, Stream::data);
  constexpr long double two_pi = 6.283185307179586476925286766559005768L;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double turns = std::fma(random.uniform(i), 4.0, -2.0);
    const auto angle = portable::sin_cos_turns(turns);
    const double radians = static_cast<double>(two_pi * static_cast<long double>(turns));  // rounds by 1e-15 at most
    REQUIRE(std::fabs(angle.sin - std::sin(radians)) < 2e-15);
    REQUIRE(std::fabs(angle.cos - std::cos(radians)) < 2e-15);
    REQUIRE(std::fabs(std::fma(angle.sin, angle.sin, angle.cos * angle.cos) - 1) < 1e-15);
  }
}

TEST_CASE("is_finite tells numbers from infinities and NaN") {
  CHECK(portable::is_finite(0.0));
  CHECK(portable::is_finite(-std::numeric_limits<double>::max()));
  CHECK(portable::is_finite(std::numeric_limits<float>::denorm_min()));
  CHECK_FALSE(portable::is_finite(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(portable::is_finite(-std::numeric_limits<float>::infinity()));
  CHECK_FALSE(portable::is_finite(std::numeric_limits<float>::quiet_NaN()));
  CHECK_FALSE(portable::is_finite(-std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("shuffle gives the stored order and every order equally often") {
  std::vector<std::size_t> items(10);
  std::iota(items.begin(), items.end(), std::size_t{0});
  auto next_epoch = items;
  evomlp::shuffle(items, Random(7, Stream::shuffle));
  CHECK(items == std::vector<std::size_t>{0, 2, 4, 5, 8, 3, 1, 9, 7, 6});
  evomlp::shuffle(next_epoch, Random(7, Stream::shuffle, 1));
  CHECK(next_epoch == std::vector<std::size_t>{4, 5, 9, 1, 6, 8, 2, 7, 0, 3});

  std::vector<std::size_t> none, one = {5};
  evomlp::shuffle(none, Random(7, Stream::shuffle));
  evomlp::shuffle(one, Random(7, Stream::shuffle));
  CHECK(one == std::vector<std::size_t>{5});

  std::array<double, 256> counts{};  // by the order of 4 items, two bits each
  constexpr std::uint64_t rounds = 24000;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::array<std::size_t, 4> four = {0, 1, 2, 3};
    evomlp::shuffle(four, Random(11, Stream::shuffle, round));
    ++counts[four[0] | four[1] << 2 | four[2] << 4 | four[3] << 6];
  }
  double chi_square = 0, orders = 0;
  for (const double count : counts) {
    if (count == 0) continue;
    ++orders;
    chi_square += (count - 1000) * (count - 1000) / 1000;
  }
  CHECK(orders == 24);
  CHECK(chi_square < 62);  // 23 degrees of freedom, probability 2e-5
}
