// SPDX-License-Identifier: MIT
#include "evomlp/metrics/top_k_accuracy.hpp"

#include "evomlp/losses/cross_entropy_loss.hpp"
#include "reference/metrics.hpp"
#include "support/metric.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::after;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int32_t>;

const double not_a_number = std::numeric_limits<double>::quiet_NaN(),
             infinity = std::numeric_limits<double>::infinity();

template <std::size_t k>
double of(const Doubles& row, std::int32_t label) {
  return after(TopKAccuracy<k>{}, row.size(), row, Ints{label}).value();
}

template <std::size_t k>
double reference_at(std::size_t batch) {
  return after(TopKAccuracy<k>{}, 5, evomlp_reference::class_outputs, evomlp_reference::class_labels, batch).value();
}

}  // namespace

static_assert(Metric<TopKAccuracy<3>> && TopKAccuracy<3>::larger_is_better);
static_assert(TopKAccuracy<1>::name == "top-1 accuracy" && TopKAccuracy<9>::name == "top-9 accuracy" &&
              TopKAccuracy<10>::name == "top-10 accuracy" && TopKAccuracy<12345>::name == "top-12345 accuracy");

TEST_CASE("TopKAccuracy agrees with its formula, whatever the batches") {
  for (const std::size_t batch : {1u, 7u, 39u, 40u}) {
    const auto& expected = evomlp_reference::class_top_k;
    CHECK(reference_at<1>(batch) == doctest::Approx(expected[0]).epsilon(1e-15));
    CHECK(reference_at<2>(batch) == doctest::Approx(expected[1]).epsilon(1e-15));
    CHECK(reference_at<3>(batch) == doctest::Approx(expected[2]).epsilon(1e-15));
    CHECK(reference_at<4>(batch) == doctest::Approx(expected[3]).epsilon(1e-15));
    CHECK(reference_at<5>(batch) == 1);
    CHECK(reference_at<7>(batch) == 1);
  }
}

TEST_CASE("TopKAccuracy<1> is CrossEntropyLoss's accuracy, also of equal outputs: the first counts") {
  const Doubles equal(8, 0.5);  // two rows of four
  for (std::int32_t label = 0; label < 4; ++label) {
    const Ints labels{label, 3};
    const auto loss_says = CrossEntropyLoss::accuracy(kernels::Matrix<const double>{equal.data(), 2, 4},
                                                      evomlp::detail::LabelView{labels.data(), 2});
    CHECK(after(TopKAccuracy<1>{}, 4, equal, labels).value() == loss_says);
  }
  CHECK(of<2>({1, 1, 1}, 1) == 1);
  CHECK(of<2>({1, 1, 1}, 2) == 0);
  CHECK(of<2>({0, 1, 1}, 0) == 0);
  CHECK(of<2>({1, 2, 1}, 0) == 1);
  CHECK(of<2>({1, 2, 1}, 2) == 0);
}

TEST_CASE("TopKAccuracy: a NaN at the label is wrong whatever k, elsewhere it is before the label") {
  CHECK(of<1>({not_a_number, 0, 1}, 0) == 0);
  CHECK(of<3>({not_a_number, 0, 1}, 0) == 0);
  CHECK(of<9>({not_a_number, 0, 1}, 0) == 0);
  CHECK(of<1>({not_a_number, 0, 1}, 2) == 0);
  CHECK(of<2>({not_a_number, 0, 1}, 2) == 1);
  CHECK(of<1>({-infinity, infinity, 1}, 1) == 1);
  CHECK(of<2>({-infinity, infinity, 1}, 0) == 0);
  CHECK(of<1>({7}, 0) == 1);
}
