// SPDX-License-Identifier: MIT
#include "evomlp/init/orthogonal.hpp"

#include "evomlp/layers/highway_block.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/net/model.hpp"
#include "evomlp/net/parameter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

using namespace evomlp;

namespace {

/// The worst entry of W Wᵀ − gain², or of WᵀW where that is the smaller.
template <std::size_t in, std::size_t out, class T>
double worst_of(double gain, std::uint64_t seed) {
  Model<Sequential<Linear<in, out>>, T> model(init::orthogonal(gain), seed);
  const auto w = parameter<"0.weight">(model);  // (out, in)
  double worst = 0;
  for (std::size_t a = 0; a < (std::min)(in, out); ++a)
    for (std::size_t b = 0; b < (std::min)(in, out); ++b) {
      double dot = 0;
      for (std::size_t i = 0; i < (std::max)(in, out); ++i)
        dot += in > out ? static_cast<double>(w(a, i)) * static_cast<double>(w(b, i))
                        : static_cast<double>(w(i, a)) * static_cast<double>(w(i, b));
      worst = (std::max)(worst, std::abs(dot - (a == b ? gain * gain : 0)));
    }
  return worst;
}

template <std::size_t in, std::size_t out>
void check_shape() {
  INFO(in, " x ", out);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    CHECK(worst_of<in, out, double>(1, seed) < 1e-14);
    CHECK(worst_of<in, out, double>(-2.5, seed) < 1e-13);
    CHECK(worst_of<in, out, float>(1, seed) < 1e-6);
  }
}

}  // namespace

TEST_CASE("Rows, or columns where there are fewer, have the length gain and stand at right angles") {
  check_shape<1, 1>();
  check_shape<1, 9>();
  check_shape<9, 1>();
  check_shape<2, 3>();
  check_shape<17, 5>();
  check_shape<5, 17>();
  check_shape<64, 64>();
  check_shape<100, 99>();
}

TEST_CASE("Every direction is as likely as any: over many seeds the entries are even, and signs are fair") {
  constexpr std::size_t n = 3, draws = 4000;
  double mean[n * n] = {}, square[n * n] = {}, determinant = 0;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Model<Sequential<Linear<n, n>>, double> model(init::orthogonal(), seed);
    const auto w = model.parameters();
    for (std::size_t i = 0; i < n * n; ++i) mean[i] += w[i] / draws, square[i] += w[i] * w[i] / draws;
    determinant +=
        (w[0] * (w[4] * w[8] - w[5] * w[7]) - w[1] * (w[3] * w[8] - w[5] * w[6]) + w[2] * (w[3] * w[7] - w[4] * w[6])) /
        draws;
  }
  for (std::size_t i = 0; i < n * n; ++i) {
    CHECK(std::abs(mean[i]) < 4 * std::sqrt(1.0 / n / draws));
    CHECK(std::abs(square[i] - 1.0 / n) <
          4 * std::sqrt(4.0 / 45 / draws));  // a uniform direction's: variance of u² is 4/45
  }
  CHECK(std::abs(determinant) < 4 / std::sqrt(static_cast<double>(draws)));
}

TEST_CASE("Only weight matrices are drawn, and the same seed gives the same bits") {
  using Net = Sequential<Linear<4, 6>, HighwayBlock<Linear<6, 6>>>;
  const Model<Net, double> model(init::orthogonal(), 5);
  CHECK(model == Model<Net, double>(init::orthogonal(), 5));
  CHECK(model != Model<Net, double>(init::orthogonal(), 6));
  for (const ParameterInfo& info : parameter_table<Net>) {
    const auto values = model.values(info);
    const double expected = info.key == "1.gate.bias" ? -1 : 0;
    if (info.rank == 1)
      CHECK(std::all_of(values.begin(), values.end(), [&](double v) { return v == expected; }));
    else
      CHECK(std::none_of(values.begin(), values.end(), [](double v) { return v == 0; }));
  }
  // What every compiler gives, with FMA instructions and without.
  const auto first = model.parameters().first(4);
  CHECK(first[0] == -0x1.9f16830ad0efdp-3);
  CHECK(first[3] == -0x1.f659ca1480d09p-3);
}
