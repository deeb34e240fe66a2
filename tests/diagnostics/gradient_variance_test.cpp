// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace evomlp;

namespace {

constexpr MSELoss half{.reduction = Reduction::half_sum_per_sample};
using Line = Sequential<Linear<1, 1, false>>;

Dataset<double> points(std::size_t n) {
  const Random random(5, Stream::data);
  Dataset<double> data{make_matrix<double>(n, 1), make_matrix<double>(n, 1)};
  for (std::size_t i = 0; i < n; ++i) {
    data.x(i, 0) = random.normal(2 * i);
    data.y(i, 0) = 3 + random.normal(2 * i + 1);
  }
  return data;
}

Dataset<double, Labels> blobs(std::size_t n) {
  const Random random(6, Stream::data);
  Dataset<double, Labels> data{make_matrix<double>(n, 8), make_labels(n)};
  for (std::size_t i = 0; i < n; ++i) {
    data.y(i) = static_cast<std::int32_t>(i % 3);
    for (std::size_t j = 0; j < 8; ++j) data.x(i, j) = random.normal(8 * i + j) + (j % 3 == i % 3 ? 1.0 : 0.0);
  }
  return data;
}

TEST_CASE("gradient_variance: sigma2 and the mean are those of the samples' gradients, by hand for y = w x") {
  const auto data = points(40);
  Model<Line, double> model(init::zeros(), 0);
  model.parameters()[0] = 0.7;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const double g = (0.7 * data.x(i, 0) - data.y(i, 0)) * data.x(i, 0);
    sum += g;
    squares += g * g;
  }
  const double mean = sum / 40, sigma2 = squares / 40 - mean * mean;
  const auto found = gradient_variance(model, data, half, {.batch_sizes = {4}, .batches = 2});
  CHECK(found.sigma2 == doctest::Approx(sigma2).epsilon(1e-12));
  CHECK(found.mean_norm2 == doctest::Approx(mean * mean).epsilon(1e-12));
  REQUIRE(found.rows.size() == 1);
  CHECK(found.rows[0].law == doctest::Approx(sigma2 / 4).epsilon(1e-12));
  const auto without = gradient_variance(model, data, half, {.batch_sizes = {4}, .batches = 2, .replacement = false});
  CHECK(without.rows[0].law == doctest::Approx(sigma2 / 4 * 36 / 39).epsilon(1e-12));
}

TEST_CASE("gradient_variance: sigma2/B with and without replacement, each ratio within 10 %, slope -1 +- 0.05") {
  using Net = Sequential<Linear<8, 6, false>, ReLU, Linear<6, 3, false>>;
  const Model<Net, double> model(init::he_normal(), 2), before = model;
  const auto data = blobs(120);
  for (const bool replacement : {true, false}) {
    CAPTURE(replacement);
    const auto found =
        gradient_variance(model, data, CrossEntropyLoss{},
                          {.batch_sizes = {1, 4, 16, 64}, .batches = 300, .replacement = replacement, .seed = 1});
    CHECK(found.slope() == doctest::Approx(-1).epsilon(0.05));
    for (const auto& row : found.rows) {
      CAPTURE(row.batch_size);
      CHECK(row.ratio() == doctest::Approx(1).epsilon(0.1));
    }
  }
  CHECK(model == before);
}

TEST_CASE("gradient_variance: without replacement the batch of all samples doesn't vary") {
  const Model<Line, double> model(init::he_normal(), 3);
  const auto data = points(16);
  const auto found =
      gradient_variance(model, data, half, {.batch_sizes = {8, 16}, .batches = 400, .replacement = false});
  CHECK(found.rows[1].variance < 1e-25);
  CHECK(found.rows[1].law == 0);
  CHECK(std::isnan(found.rows[1].ratio()));
  CHECK(std::isnan(found.slope()));  // one size is left
  CHECK(found.rows[0].ratio() == doctest::Approx(1).epsilon(0.15));
  CHECK(gradient_variance(model, data, half, {.batch_sizes = {16}, .batches = 50}).rows[0].variance > 1e-3);
}

TEST_CASE("gradient_variance: the masks of Dropout are part of a sample's noise") {
  using Net = Sequential<Dropout<0.5>, Linear<1, 1, false>>;
  Model<Net, double> model(init::zeros(), 0);
  model.parameters()[0] = 1;
  // Every sample is x = 1, y = 0: its gradient is 4 or 0, so that sigma2 is 4.
  const Dataset<double> data{xt::ones<double>({400, 1}), xt::zeros<double>({400, 1})};
  const auto found = gradient_variance(model, data, half, {.batch_sizes = {1, 8}, .batches = 400, .seed = 2});
  CHECK(found.sigma2 == doctest::Approx(4).epsilon(0.05));
  CHECK(found.rows[0].ratio() == doctest::Approx(1).epsilon(0.05));
  CHECK(found.rows[1].ratio() == doctest::Approx(1).epsilon(0.2));
}

TEST_CASE("gradient_variance: with BatchNorm what is measured, and no law") {
  using Net = Sequential<Linear<8, 4>, BatchNorm1d<4>, ReLU, Linear<4, 3>>;
  const Model<Net, float> model(init::he_normal(), 2), before = model;
  auto small = blobs(20);
  const Dataset<float, Labels> data{small.x, small.y};
  const auto found = gradient_variance(model, data, CrossEntropyLoss{}, {.batches = 20});
  REQUIRE(found.rows.size() == 4);  // 2, 4, 8, 16
  CHECK(found.rows[0].batch_size == 2);
  CHECK(found.rows[3].batch_size == 16);
  CHECK(std::isnan(found.sigma2));
  CHECK(std::isnan(found.rows[0].ratio()));
  CHECK(found.rows[0].variance > found.rows[3].variance);
  CHECK(found.rows[3].variance > 0);
  CHECK(found.slope() < 0);
  CHECK(model == before);
  CHECK_THROWS_WITH_AS(gradient_variance(model, data, CrossEntropyLoss{}, {.batch_sizes = {1}}),
                       doctest::Contains("gradient_variance: a batch of 1 row, but BatchNorm1d needs at least 2"),
                       ShapeError);
}

TEST_CASE("gradient_variance: the default sizes, the table and the CSV") {
  const Model<Line, double> model(init::he_normal(), 3);
  CHECK(gradient_variance(model, points(300), half, {.batches = 2}).rows.size() == 9);
  CHECK(gradient_variance(model, points(9), half, {.batches = 2}).rows.back().batch_size == 8);

  const GradientVariance known{
      .samples = 10,
      .batches = 5,
      .sigma2 = 8,
      .mean_norm2 = 2.5,
      .rows = {{.batch_size = 1, .variance = 9, .law = 8}, {.batch_size = 4, .variance = 2.25, .law = 2}}};
  CHECK(known.slope() == doctest::Approx(-1).epsilon(1e-14));
  CHECK(
      known.to_string() ==
      "gradient variance, 5 batches of each size from 10 samples with replacement: one sample's 8, squared norm of the "
      "mean 2.5, slope -1\nbatch_size  variance  law  ratio\n         1         9    8  1.125\n"
      "         4      2.25    2  1.125\n");
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "evomlp_gradient_variance.csv";
  known.write_csv(file);
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(text == "batch_size,variance,law,ratio\n1,9,8,1.125\n4,2.25,2,1.125\n");
  std::filesystem::remove(file);
}

TEST_CASE("gradient_variance: what can't work is named") {
  const Model<Line, double> model(init::he_normal(), 3);
  auto data = points(10);
  CHECK_THROWS_WITH_AS(gradient_variance(model, data, half, {.batch_sizes = {0}}),
                       "gradient_variance: a batch size is 0, expected at least 1", TrainingError);
  CHECK_THROWS_WITH_AS(gradient_variance(model, data, half, {.batches = 1}),
                       "gradient_variance: batches is 1, expected at least 2", TrainingError);
  CHECK_THROWS_WITH_AS(gradient_variance(model, data, half, {.batch_sizes = {11}, .replacement = false}),
                       "gradient_variance: batches of 11 without replacement from 10 samples", TrainingError);
  CHECK_NOTHROW(gradient_variance(model, data, half, {.batch_sizes = {11}, .batches = 2}));
  using Normed = Sequential<Linear<1, 3>, BatchNorm1d<3>, Linear<3, 1>>;
  CHECK_THROWS_AS(gradient_variance(Model<Normed, double>(init::he_normal(), 3), points(1), half), ShapeError);
  data.weights = xt::ones<double>({10});
  CHECK_THROWS_WITH_AS(gradient_variance(model, data, half), doctest::Contains("have sample weights"), DataError);
}

}  // namespace
