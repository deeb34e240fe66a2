// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 2>, BatchNorm1d<2>, ReLU, Linear<2, 1, false>>;

Model<Net, double> small_model() {
  Model<Net, double> model;
  const std::vector<double> values{0, -3, 4, 0.0005, 1, -1, 1, 1, 0, 0, 0, -2};
  std::copy(values.begin(), values.end(), model.parameters().begin());
  return model;
}

TEST_CASE("weight_report: counts and norms, parameter by parameter") {
  const auto report = weight_report(small_model());
  REQUIRE(report.rows.size() == 5);  // no running statistics
  const auto& weight = report.rows[0];
  CHECK(weight.key == "0.weight");
  CHECK(weight.count == 4);
  CHECK(weight.zeros == 1);
  CHECK(weight.tiny == 2);
  CHECK(weight.zero_share() == 0.25);
  CHECK(weight.tiny_share() == 0.5);
  CHECK(weight.l1 == 7.0005);
  CHECK(weight.l2_squared == doctest::Approx(25.00000025).epsilon(1e-15));
  CHECK(weight.l2() == doctest::Approx(5.000000025).epsilon(1e-15));
  CHECK(weight.mean == doctest::Approx(0.250125).epsilon(1e-14));
  CHECK(weight.sd == doctest::Approx(std::sqrt(25.00000025 / 4 - 0.250125 * 0.250125)).epsilon(1e-14));
  CHECK(weight.largest == 4);
  CHECK(report.rows[1].sd == 1);  // 1 and -1
  CHECK(report.rows[4].key == "3.weight");
  CHECK(report.matrices.count == 6);
  CHECK(report.matrices.zeros == 2);
  CHECK(report.matrices.l1 == doctest::Approx(9.0005).epsilon(1e-14));
  CHECK(report.all.count == 12);
  CHECK(report.all.zeros == 4);
  CHECK(report.all.l1 == doctest::Approx(13.0005).epsilon(1e-14));
  CHECK(report.all.largest == 4);
}

TEST_CASE("weight_report: the penalties are those whose gradients L1 and L2 add") {
  const auto model = small_model();
  const auto report = weight_report(model);
  CHECK(report.l1_penalty(0.1) == doctest::Approx(0.90005).epsilon(1e-14));
  CHECK(report.l2_penalty(0.1) == doctest::Approx(2.900000025).epsilon(1e-14));
  CHECK(report.l1_penalty(0.1, true) == doctest::Approx(1.30005).epsilon(1e-14));
  CHECK(report.l2_penalty(0.1, true) == doctest::Approx(3.300000025).epsilon(1e-14));

  // The step of SGD without a gradient of the loss is the penalty's: w - lr dP/dw, for an entry where P has a slope.
  const double h = 1e-6;
  const auto l2_at = [&](std::size_t i, double by) {
    auto moved = model;
    moved.parameters()[i] += by;
    return weight_report(moved).l2_penalty(0.1);
  };
  const auto pull = [&](auto policy, std::size_t i) {
    auto trained = model;
    State state(trained, chain(policy, SGD{.lr = 1}), {.max_batch = 2});
    auto plain = model;
    State plain_state(plain, SGD{.lr = 1}, {.max_batch = 2});
    const xt::xtensor<double, 2> x{{1, 2}, {3, 5}}, y{{0}, {1}};
    train_step(trained, state, MSELoss{}, x, y);
    train_step(plain, plain_state, MSELoss{}, x, y);
    return plain.parameters()[i] - trained.parameters()[i];
  };
  for (const std::size_t i : {1u, 2u, 4u, 11u})
    CHECK(pull(L2{.lambda = 0.1}, i) == doctest::Approx((l2_at(i, h) - l2_at(i, -h)) / (2 * h)).epsilon(1e-6));
  CHECK(pull(L1{.lambda = 0.1}, 2) == doctest::Approx(0.1).epsilon(1e-12));
}

TEST_CASE("weight_report: the bounds") {
  const auto report = weight_report(small_model(), {.zero = 0.001, .tiny = 1});
  CHECK(report.rows[0].zeros == 2);
  CHECK(report.rows[0].tiny == 2);
  CHECK(report.rows[1].tiny == 0);  // 1 is not below 1
  CHECK_THROWS_WITH_AS(weight_report(small_model(), {.zero = -1}), doctest::Contains("weight_report: zero is -1"),
                       TrainingError);
  CHECK_THROWS_WITH_AS(weight_report(small_model(), {.tiny = std::nan("")}), doctest::Contains("weight_report: tiny"),
                       TrainingError);
}

TEST_CASE("weight_report: a parameter that is not finite shows") {
  auto model = small_model();
  model.parameters()[1] = std::numeric_limits<double>::quiet_NaN();
  const auto report = weight_report(model);
  CHECK(std::isnan(report.rows[0].largest));
  CHECK(std::isnan(report.all.l1));
  CHECK(report.rows[1].largest == 1);
  model.parameters()[1] = -std::numeric_limits<double>::infinity();
  CHECK(weight_report(model).rows[0].largest == std::numeric_limits<double>::infinity());
}

TEST_CASE("weight_report: table and CSV; a network without parameters") {
  const WeightReport known{.rows = {{.key = "0.weight",
                                     .count = 4,
                                     .zeros = 1,
                                     .tiny = 2,
                                     .l1 = 7,
                                     .l2_squared = 25,
                                     .mean = 0.25,
                                     .sd = 2.5,
                                     .largest = 4}},
                           .all = {.key = "all", .count = 4}};
  CHECK(known.to_string() ==
        "parameter  count  zeros  zero_share  tiny_share  l1  l2  mean   sd  largest\n"
        "0.weight       4      1        0.25         0.5   7   5  0.25  2.5        4\n"
        "all            4      0           0           0   0   0     0    0        0\n");
  const auto report = weight_report(small_model());
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "evomlp_weight_report.csv";
  report.write_csv(file);
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(text.rfind("parameter,count,zeros,zero_share,tiny_share,l1,l2,mean,sd,largest\n0.weight,4,1,0.25,0.5,7.0005,",
                   0) == 0);
  CHECK(text.find("\nweight matrices,6,2,") != std::string::npos);
  CHECK(text.find("\nall,12,4,") != std::string::npos);
  std::filesystem::remove(file);
  CHECK(weight_report(Model<Sequential<ReLU, Linear<1, 1, false>>>{}).rows.size() == 1);
}

}  // namespace
