// SPDX-License-Identifier: MIT
#include "evomlp/evomlp.hpp"
#include "support/message_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;

namespace {

template <class Net, class T>
std::span<const T> values(const Model<Net, T>& model, std::string_view key) {
  const ParameterInfo& info = parameter_table<Net>[evomlp::detail::find_key<Net>(key)];
  REQUIRE(info.key == key);
  return (info.trained ? model.parameters() : model.buffers()).subspan(info.offset, info.size);
}

bool all_are(auto numbers, double value) {
  return std::all_of(numbers.begin(), numbers.end(), [&](auto n) { return static_cast<double>(n) == value; });
}

struct Moments {
  double mean = 0, variance = 0, low = 1e300, high = -1e300, kurtosis = 0;
};
Moments moments(auto numbers) {
  Moments m;
  const double n = static_cast<double>(numbers.size());
  for (const double v : numbers) m.mean += v / n, m.low = (std::min)(m.low, v), m.high = (std::max)(m.high, v);
  for (const double v : numbers) m.variance += (v - m.mean) * (v - m.mean) / n;
  for (const double v : numbers) m.kurtosis += std::pow(v - m.mean, 4) / n / (m.variance * m.variance);
  return m;
}

using Wide = Sequential<Linear<100, 40>, ReLU, Linear<40, 250>, BatchNorm1d<250>, Linear<250, 7, false>>;

/// Two matrices of several thousand numbers with the variances that are expected; everything else at 0.
void check_variances(const auto& init, double variance_of_0, double variance_of_2, bool uniform) {
  const Model<Wide, double> model(init, 3);
  const auto check = [&](std::string_view key, double variance) {
    const auto numbers = values(model, key);
    const Moments m = moments(numbers);
    const double n = static_cast<double>(numbers.size());
    INFO(std::string(key), ": variance ", m.variance, ", expected ", variance);
    CHECK(std::abs(m.mean) < 4 * std::sqrt(variance / n));
    CHECK(std::abs(m.variance / variance - 1) < 4 * std::sqrt(2 / n));
    CHECK(m.kurtosis == doctest::Approx(uniform ? 1.8 : 3).epsilon(0.15));
    const double limit = std::sqrt(3 * variance);
    if (uniform) {
      CHECK(m.low >= -limit);
      CHECK(m.high < limit);
      CHECK(m.low < -0.99 * limit);
      CHECK(m.high > 0.99 * limit);
    } else {
      CHECK(m.high > 1.5 * limit);
    }
  };
  check("0.weight", variance_of_0);
  check("2.weight", variance_of_2);
  CHECK(all_are(values(model, "0.bias"), 0));
  CHECK(all_are(values(model, "2.bias"), 0));
  CHECK(all_are(values(model, "3.weight"), 1));
  CHECK(all_are(values(model, "3.bias"), 0));
  CHECK(all_are(values(model, "3.running_mean"), 0));
  CHECK(all_are(values(model, "3.running_var"), 1));
}

}  // namespace

TEST_CASE("He, Xavier and LeCun: variance by the widths, normal or uniform to the bound; biases 0") {
  check_variances(init::he_normal(), 2.0 / 100, 2.0 / 40, false);
  check_variances(init::he_uniform(), 2.0 / 100, 2.0 / 40, true);
  check_variances(init::xavier_normal(), 2.0 / 140, 2.0 / 290, false);
  check_variances(init::xavier_uniform(), 2.0 / 140, 2.0 / 290, true);
  check_variances(init::lecun_normal(), 1.0 / 100, 1.0 / 40, false);
  check_variances(init::lecun_uniform(), 1.0 / 100, 1.0 / 40, true);
  check_variances(init::residual_scaled(), 2.0 / 100, 2.0 / 40, false);  // no residual block: He
}

TEST_CASE("normal(mean, stddev) draws biases too, but not what starts elsewhere by its nature") {
  using Net = Sequential<Linear<60, 60>, BatchNorm1d<60>, ReZeroBlock<HighwayBlock<Linear<60, 60>>>>;
  const Model<Net, double> model(init::normal(5, 0.5), 3);
  for (const std::string_view key :
       {"0.weight", "0.bias", "2.body.0.gate.weight", "2.body.0.body.0.weight", "2.body.0.body.0.bias"}) {
    const auto numbers = values(model, key);
    const Moments m = moments(numbers);
    INFO(std::string(key));
    CHECK(std::abs(m.mean - 5) < 4 * 0.5 / std::sqrt(static_cast<double>(numbers.size())));
    CHECK(m.variance == doctest::Approx(0.25).epsilon(0.5));
  }
  CHECK(all_are(values(model, "1.weight"), 1));
  CHECK(all_are(values(model, "1.bias"), 0));
  CHECK(all_are(values(model, "2.alpha"), 0));
  CHECK(all_are(values(model, "2.body.0.gate.bias"), -1));
  CHECK(all_are(values(Model<Net>(init::zeros(), 1), "2.body.0.gate.bias"), -1));
  CHECK(all_are(values(Model<Net>(init::zeros(), 1), "1.weight"), 1));
  CHECK(all_are(values(Model<Net>(init::zeros(), 1), "0.weight"), 0));
}

namespace {

/// By what residual_scaled multiplies each weight matrix of a net, relative to He from the same seed.
template <class Net>
void check_scales(const auto& init, const std::vector<double>& expected) {
  const Model<Net, double> he(init::he_normal(), 11), scaled(init, 11);
  std::size_t matrix = 0;
  for (const ParameterInfo& info : parameter_table<Net>) {
    if (info.rank != 2) {
      const auto a = values(he, info.key), b = values(scaled, info.key);
      CHECK(std::equal(a.begin(), a.end(), b.begin()));
      continue;
    }
    REQUIRE(matrix < expected.size());
    INFO(std::string(info.key), " expected ", expected[matrix]);
    for (std::size_t i = info.offset; i < info.offset + info.size; ++i)
      CHECK(scaled.parameters()[i] == doctest::Approx(he.parameters()[i] * expected[matrix]).epsilon(1e-14));
    ++matrix;
  }
  CHECK(matrix == expected.size());
}

}  // namespace

TEST_CASE("residual_scaled: the last weight matrix of each branch times 1 / (lambda sqrt(L)), the rest He") {
  using Linear3 = Linear<3, 3>;
  const double root2 = std::sqrt(2.0), root3 = std::sqrt(3.0);
  check_scales<Sequential<Linear<2, 3>, ResidualBlock<5.0, Linear3, ReLU, Linear3>, Linear<3, 1>>>(
      init::residual_scaled(), {1, 1, 0.2, 1});
  check_scales<Sequential<Linear<2, 3>, Repeat<2, ResidualBlock<5.0, Linear3, ReLU>>, Linear<3, 1>>>(
      init::residual_scaled(), {1, 1 / (5 * root2), 1 / (5 * root2), 1});
  check_scales<Sequential<ResidualBlock<0.1, Linear3>, ResidualBlock<-2, Linear3>, ResidualBlock<1, Linear3, Linear3>>>(
      init::residual_scaled(), {10 / root3, 0.5 / root3, 1, 1 / root3});
  // lambda = 0 counts as 1, and as a block
  check_scales<Sequential<ResidualBlock<0, Linear3>, ResidualBlock<5, Linear3>>>(init::residual_scaled(),
                                                                                 {1 / root2, 0.2 / root2});
  // a shortcut is no branch
  check_scales<Sequential<ProjectedResidualBlock<5, Linear<3, 2>, Linear<3, 4>, ReLU, Linear<4, 2>>>>(
      init::residual_scaled(), {1, 1, 0.2});
  check_scales<Sequential<ProjectedResidualBlock<5, Linear<3, 2>, Linear<3, 2>, BatchNorm1d<2>>,
                          ResidualBlock<2, Linear<2, 2>>>>(init::residual_scaled(), {1, 0.2 / root2, 0.5 / root2});
  // a branch without a weight matrix leaves the shortcut and what stands before the block alone
  check_scales<
      Sequential<Linear<2, 3>, ProjectedResidualBlock<5, Linear3, BatchNorm1d<3>>, ResidualBlock<5, BatchNorm1d<3>>>>(
      init::residual_scaled(0.1), {1, 1});
}

TEST_CASE("residual_scaled in nested blocks: a matrix that ends two branches is scaled for both") {
  using Linear3 = Linear<3, 3>;
  const double root2 = std::sqrt(2.0);
  check_scales<Sequential<ResidualBlock<5, Linear3, ResidualBlock<2, Linear3>>>>(init::residual_scaled(),
                                                                                 {1, 0.1 / (root2 * root2)});
  check_scales<Sequential<ResidualBlock<5, ResidualBlock<2, Linear3>, Linear3>>>(init::residual_scaled(),
                                                                                 {0.5 / root2, 0.2 / root2});
  check_scales<Sequential<ResidualBlock<5, Linear3, ResidualBlock<2, Linear3>>>>(init::residual_scaled(0.1), {1, 0.01});
}

TEST_CASE("residual_scaled(gain) takes gain in place of 1 / (lambda sqrt(L))") {
  using Linear3 = Linear<3, 3>;
  using Net = Sequential<Linear<2, 3>, Repeat<2, ResidualBlock<5.0, Linear3, ReLU, Linear3>>, Linear<3, 1>>;
  check_scales<Net>(init::residual_scaled(0.1), {1, 1, 0.1, 1, 0.1, 1});
  check_scales<Net>(init::residual_scaled(0), {1, 1, 0, 1, 0, 1});
  check_scales<Net>(init::residual_scaled(1), {1, 1, 1, 1, 1, 1});
}

TEST_CASE("residual_scaled leaves ReZero and Highway at He, and doesn't count them") {
  using Linear3 = Linear<3, 3>;
  check_scales<Sequential<ReZeroBlock<Linear3>, HighwayBlock<Linear3>, ResidualBlock<5, Linear3>>>(
      init::residual_scaled(), {1, 1, 1, 0.2});
  check_scales<Sequential<ReZeroBlock<Linear3, Linear3>>>(init::residual_scaled(0.1), {1, 1});
}

TEST_CASE("A float and a double model of one seed are the same numbers to rounding") {
  using Net = Sequential<Linear<7, 5>, ResidualBlock<0.3, Linear<5, 5>>, Linear<5, 2>>;
  const auto check = [](const auto& init) {
    const Model<Net, float> f(init, 42);
    const Model<Net, double> d(init, 42);
    for (std::size_t i = 0; i < f.parameters().size(); ++i)
      CHECK(std::abs(static_cast<double>(f.parameters()[i]) - d.parameters()[i]) <=
            1.2e-7 * std::abs(d.parameters()[i]));
  };
  check(init::he_normal());
  check(init::xavier_uniform());
  check(init::normal(0.5, 2));
  check(init::residual_scaled());
}

TEST_CASE("One seed one start, another seed another; equal layers of a net start unlike each other") {
  using Net = Sequential<Linear<4, 4>, Linear<4, 4>, Repeat<2, Linear<4, 4>>>;
  const Model<Net> model(init::he_normal(), 1);
  CHECK(model == Model<Net>(init::he_normal(), 1));
  CHECK(model != Model<Net>(init::he_normal(), 2));
  CHECK(model != Model<Net>(init::he_normal(), std::uint64_t{1} << 63));
  std::vector<float> numbers;
  for (const ParameterInfo& info : parameter_table<Net>)
    if (info.rank == 2)
      numbers.insert(numbers.end(), model.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset),
                     model.parameters().begin() + static_cast<std::ptrdiff_t>(info.offset + info.size));
  std::sort(numbers.begin(), numbers.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
}

TEST_CASE("A parameter's start doesn't depend on the layers behind it") {
  const Model<Sequential<Linear<3, 4>, Linear<4, 2>>, double> a(init::he_normal(), 1);
  const Model<Sequential<Linear<3, 4>, Linear<4, 4>, ReLU, Linear<4, 1>>, double> b(init::he_normal(), 1);
  CHECK(std::equal(a.parameters().begin(), a.parameters().begin() + 12, b.parameters().begin()));
}

// Kept numbers: a new compiler, library or machine must give these bits.
TEST_CASE("A drawn model has the same bits everywhere") {
  using Net = Sequential<Linear<2, 3>, ResidualBlock<5, Linear<3, 3>>, Linear<3, 1>>;
  const auto check = [](const auto& init, std::initializer_list<double> expected) {
    const Model<Net, double> model(init, 42);
    std::size_t at = 0;
    for (const ParameterInfo& info : parameter_table<Net>) {
      if (info.rank != 2 && expected.size() == 6) continue;  // biases are 0
      for (const std::size_t i : {info.offset, info.offset + info.size - 1}) {
        INFO(std::string(info.key), ", element ", i - info.offset, ": ", model.parameters()[i]);
        CHECK(model.parameters()[i] == expected.begin()[at++]);
      }
    }
    CHECK(at == expected.size());
  };
  check(init::he_normal(), {-0x1.4921ac2fec36ap-1, -0x1.b14bf50b1d632p-3, -0x1.57c3617ff7ff2p-1, 0x1.56ab35fc7697ep-2,
                            0x1.bb7e7b6214735p-1, 0x1.cf91a0f4cb127p-2});
  check(init::he_uniform(), {0x1.207a58aae1aedp-4, 0x1.26d01a0076ecep+0, -0x1.020ee3886ba92p-2, 0x1.07727c74cf81ap-1,
                             -0x1.31ed1fd0f9083p-1, 0x1.cb32d9500c88cp-3});
  check(init::normal(0.25, 2),
        {-0x1.0921ac2fec36ap+0, -0x1.6297ea163ac64p-3, -0x1.826734128d224p+1, -0x1.194aa1a4200ccp+1,
         -0x1.6505b07aafe35p+0, 0x1.11d746bca1f3p+0, 0x1.df979cf16c5eep+1, 0x1.d2b84b4cf9aecp+0, 0x1.2f9563233f1d6p+1,
         0x1.5be075865cdc1p+0, 0x1.49aa28f677492p-1, 0x1.49aa28f677492p-1});
  check(init::residual_scaled(), {-0x1.4921ac2fec36ap-1, -0x1.b14bf50b1d632p-3, -0x1.1302b4665fff5p-3,
                                  0x1.12229196c5465p-4, 0x1.bb7e7b6214735p-1, 0x1.cf91a0f4cb127p-2});
}

namespace {

struct IndexOfLayer {
  template <class T>
  void operator()(const ParameterInfo& parameter, const InitContext& context, std::span<T> numbers) const {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<T>(10 * parameter.layer + context.residual_blocks) +
                   static_cast<T>(context.random.uniform(i) * 0);
  }
};
static_assert(Initializer<IndexOfLayer>);

}  // namespace

TEST_CASE("A user's own initialiser is told the parameter, its layer and the number of residual blocks") {
  using Net = Sequential<Linear<2, 3>, ReLU, ResidualBlock<5, Linear<3, 3>>, BatchNorm1d<3>, Linear<3, 1>>;
  const Model<Net> model(IndexOfLayer{}, 1);
  CHECK(all_are(values(model, "0.weight"), 1));
  CHECK(all_are(values(model, "0.bias"), 1));
  CHECK(all_are(values(model, "2.body.0.weight"), 11));
  CHECK(all_are(values(model, "3.weight"), 1));  // starts there by its nature
  CHECK(all_are(values(model, "4.bias"), 31));
}

TEST_CASE("Settings that no weights can be drawn with are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
  CHECK(evomlp_test::message_of<TrainingError>([] { init::normal(0, -1); }) ==
        "init::normal: stddev is -1, expected a finite number of at least 0");
  CHECK(evomlp_test::message_of<TrainingError>([&] { init::normal(nan, 1); }) ==
        "init::normal: mean is nan, expected a finite number");
  CHECK(evomlp_test::message_of<TrainingError>([&] { init::orthogonal(nan); }) ==
        "init::orthogonal: gain is nan, expected a finite number");
  CHECK(evomlp_test::message_of<TrainingError>([&] { init::residual_scaled(infinite); }) ==
        "init::residual_scaled: gain is inf, expected a finite number");
  // What is odd but can be drawn: all weights the same, branches that begin at 0, a reflection.
  constexpr auto all_two = init::normal(2, 0);
  static_assert(Initializer<decltype(all_two)>);
  CHECK(all_are(Model<Sequential<Linear<3, 2>>, double>(all_two, 1).parameters(), 2));
  CHECK_NOTHROW(init::residual_scaled(0));
  CHECK_NOTHROW(init::orthogonal(-1));
}
