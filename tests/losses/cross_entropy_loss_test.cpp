// SPDX-License-Identifier: MIT
#include "evomlp/losses/cross_entropy_loss.hpp"

#include "reference/losses.hpp"
#include "support/draw.hpp"
#include "support/loss.hpp"
#include "support/message_of.hpp"
#include "support/setups.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace kernels = evomlp::kernels;

using evomlp::CrossEntropyLoss;
using evomlp::kernels::Matrix;
using evomlp_test::run_loss;

namespace {

using Ints = std::vector<std::int32_t>;

double accuracy(const std::vector<double>& z, std::size_t cols, const Ints& labels) {
  return CrossEntropyLoss::accuracy(kernels::Matrix<const double>{z.data(), z.size() / cols, cols},
                                    evomlp::detail::LabelView{labels.data(), labels.size()});
}

}  // namespace

TEST_CASE("CrossEntropyLoss agrees with the reference") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (const auto& c : evomlp_reference::cross_entropy_cases)
      evomlp_test::check_loss_case<T, Isa>(CrossEntropyLoss{}, c, std::is_same_v<T, double> ? 1e-12 : 1e-6);
  });
}

TEST_CASE("CrossEntropyLoss with smoothed labels agrees with the reference") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    for (const auto& c : evomlp_reference::smoothed_cases)
      evomlp_test::check_loss_case<T, Isa>(CrossEntropyLoss{.label_smoothing = 0.1}, c,
                                           std::is_same_v<T, double> ? 1e-12 : 1e-6);
  });
}

TEST_CASE("CrossEntropyLoss with smoothed labels: the ends, the gradient by differences, and what is no share") {
  evomlp_test::Draw draw(4);
  std::vector<double> z(35);
  Ints labels(5);
  for (double& v : z) v = 3 * draw.normal();
  for (auto& label : labels) label = static_cast<std::int32_t>(draw.size(0, 6));
  const std::span<const std::int32_t> their(labels);
  for (const double share : {0.0, 0.3, 1.0})
    CHECK(evomlp_test::gradient_error(CrossEntropyLoss{.label_smoothing = share}, 5, 7, z, their) < 1e-9);
  // At 1 the labels say nothing.
  const std::span<const double> logits(z);
  const Ints others{6, 5, 4, 3, 2};
  const auto all = run_loss<double>(CrossEntropyLoss{.label_smoothing = 1}, 5, 7, logits, their);
  CHECK(all.value == doctest::Approx(run_loss<double>(CrossEntropyLoss{.label_smoothing = 1}, 5, 7, logits,
                                                      std::span<const std::int32_t>(others))
                                         .value));
  for (const double share : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(run_loss<double>(CrossEntropyLoss{.label_smoothing = share}, 5, 7, logits, their),
                    evomlp::TrainingError);
  CHECK(evomlp_test::message_of<evomlp::TrainingError>([&] {
          run_loss<double>(CrossEntropyLoss{.label_smoothing = 2}, 5, 7, logits, their);
        }) == "CrossEntropyLoss: label_smoothing is 2, expected 0 to 1");
}

TEST_CASE("CrossEntropyLoss: any finite logits give a finite loss; a row's gradient sums to 0") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const std::vector<T> z = {T(1e4), T(-1e4), 0, T(1e4), T(-1e4), 0, T(-1e4), T(-1e4), T(-1e4)};
    const Ints labels = {0, 1, 2};
    const auto r =
        run_loss<T, Isa>(CrossEntropyLoss{}, 3, 3, std::span<const T>(z), std::span<const std::int32_t>(labels));
    CHECK(r.value == doctest::Approx((0 + 2e4 + std::log(3.0)) / 3));
    CHECK(r.value_alone == doctest::Approx(r.value));
    const std::vector<double> expected = {0, 0, 0, 1, -1, 0, 1.0 / 3, 1.0 / 3, -2.0 / 3};
    for (std::size_t i = 0; i < z.size(); ++i)
      CHECK(static_cast<double>(r.gradient[i]) * 3 == doctest::Approx(expected[i]).epsilon(1e-6));
  });
}

TEST_CASE("CrossEntropyLoss of one class is 0") {
  const std::vector<double> z = {3, -7};
  const Ints labels = {0, 0};
  const auto r =
      run_loss<double>(CrossEntropyLoss{}, 2, 1, std::span<const double>(z), std::span<const std::int32_t>(labels));
  CHECK(r.value == 0);
  CHECK(r.value_alone == 0);
  CHECK(r.gradient == std::vector<double>{0, 0});
}

TEST_CASE("CrossEntropyLoss: a NaN logit makes the loss NaN, wherever it is") {
  evomlp_test::over_setups([]<class Isa, class T>() {
    const Ints labels = {0, 5};
    for (std::size_t at = 0; at < 38; ++at) {
      std::vector<T> z(38, T(1));
      z[at] = std::numeric_limits<T>::quiet_NaN();
      const auto r =
          run_loss<T, Isa>(CrossEntropyLoss{}, 2, 19, std::span<const T>(z), std::span<const std::int32_t>(labels));
      REQUIRE(std::isnan(r.value));
      REQUIRE(std::isnan(r.value_alone));
    }
  });
}

TEST_CASE("CrossEntropyLoss: gradient by finite differences") {
  evomlp_test::Draw draw(3);
  for (const auto& [rows, cols] : std::array<std::array<std::size_t, 2>, 4>{{{1, 2}, {1, 17}, {7, 2}, {5, 3}}}) {
    std::vector<double> z(rows * cols);
    Ints labels(rows);
    for (double& v : z) v = 3 * draw.normal();
    for (auto& label : labels) label = static_cast<std::int32_t>(draw.size(0, cols - 1));
    CHECK(evomlp_test::gradient_error(CrossEntropyLoss{}, rows, cols, z, std::span<const std::int32_t>(labels)) < 1e-9);
  }
}

TEST_CASE("CrossEntropyLoss: accuracy by hand, over the rows") {
  CHECK(accuracy({1, 2, 3, 3, 2, 1, -1, 0, -2}, 3, {2, 0, 1}) == 1);
  CHECK(accuracy({1, 2, 3, 3, 2, 1, -1, 0, -2}, 3, {2, 1, 0}) == doctest::Approx(1.0 / 3));
  CHECK(accuracy({1, 1}, 2, {0}) == 1);  // the first of equals
  CHECK(accuracy({1, 1}, 2, {1}) == 0);
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();  // wherever it is, no label is right
  for (const int label : {0, 1, 2}) {
    CHECK(accuracy({not_a_number, 3, 2}, 3, {label}) == 0);
    CHECK(accuracy({3, 2, not_a_number}, 3, {label}) == 0);
  }
}
