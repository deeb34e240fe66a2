// SPDX-License-Identifier: MIT
#include "evomlp/metrics/confusion_matrix.hpp"

#include "reference/metrics.hpp"
#include "support/metric.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace evomlp;
using evomlp_test::after;
using evomlp_test::message_of;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int32_t>;
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

static_assert(Metric<ConfusionMatrix> && ConfusionMatrix::larger_is_better);

TEST_CASE("ConfusionMatrix agrees with its formulas, whatever the batches") {
  for (const std::size_t batch : {1u, 7u, 39u, 40u}) {
    const auto matrix =
        after(ConfusionMatrix{}, 5, evomlp_reference::class_outputs, evomlp_reference::class_labels, batch);
    REQUIRE(matrix.classes == 5);
    for (std::size_t label = 0; label < 5; ++label) {
      for (std::size_t predicted = 0; predicted < 5; ++predicted)
        CHECK(matrix(label, predicted) ==
              static_cast<std::uint64_t>(evomlp_reference::class_counts[5 * label + predicted]));
      CHECK(matrix.recall(label) == doctest::Approx(evomlp_reference::class_recall[label]).epsilon(1e-15));
      CHECK(matrix.precision(label) == doctest::Approx(evomlp_reference::class_precision[label]).epsilon(1e-15));
      CHECK(matrix.f1(label) == doctest::Approx(evomlp_reference::class_f1[label]).epsilon(1e-15));
    }
    CHECK(matrix.value() == doctest::Approx(evomlp_reference::class_balanced_accuracy).epsilon(1e-15));
  }
}

TEST_CASE("ConfusionMatrix of one logit and a matrix of targets: above 0, above a half") {
  const Doubles logits = {0.1, -0.1, 2, 0, -3, not_a_number}, targets = {1, 0, 0.4, 0.6, 1, 0};
  const auto matrix = after(ConfusionMatrix{}, 1, logits, targets, 4);
  CHECK(matrix.classes == 2);
  CHECK(matrix(1, 1) == 1);
  CHECK(matrix(0, 0) == 1);
  CHECK(matrix(0, 1) == 1);
  CHECK(matrix(1, 0) == 2);
  CHECK(matrix.unclassified == std::vector<std::uint64_t>{1, 0});
  CHECK(matrix.recall(0) == doctest::Approx(1.0 / 3));
  CHECK(matrix.recall(1) == doctest::Approx(1.0 / 3));
  CHECK(matrix.precision(1) == 0.5);
  CHECK(matrix.f1(1) == doctest::Approx(0.4));
  CHECK(matrix.value() == doctest::Approx(1.0 / 3));
}

TEST_CASE("ConfusionMatrix prints a table, by the classes' numbers or names") {
  const Doubles outputs = {3, 1, 2, 3, 1, 2, 1, 3, 2, 1, 2, 3, 1, 2, 3, not_a_number, 1, 2};
  const Ints labels = {0, 1, 1, 2, 2, 2};
  const auto some = after(ConfusionMatrix{}, 3, Doubles(outputs.begin(), outputs.begin() + 15),
                          Ints(labels.begin(), labels.begin() + 5), 5);
  CHECK(some.to_string() ==
        "class  as 0  as 1  as 2  recall  precision     f1\n"
        "0         1     0     0       1        0.5  0.667\n"
        "1         1     1     0     0.5          1  0.667\n"
        "2         0     0     2       1          1      1\n");
  const auto all = after(ConfusionMatrix{}, 3, outputs, labels, 4);
  const std::vector<std::string> names{"cat", "dog", "gnu"};
  CHECK(all.to_string(names) ==
        "class  as cat  as dog  as gnu  as none  recall  precision     f1\n"
        "cat         1       0       0        0       1        0.5  0.667\n"
        "dog         1       1       0        0     0.5          1  0.667\n"
        "gnu         0       0       2        1   0.667          1    0.8\n");
  CHECK(message_of<DataError>([&] { all.to_string(std::span(names).first(2)); }) ==
        "ConfusionMatrix: got 2 names, expected 3");
}

TEST_CASE("ConfusionMatrix: a row with a NaN is of no class, wherever the NaN is") {
  const Doubles outputs = {1, 2, 3, not_a_number, 2, 3, 1, not_a_number, 3, 1, 2, not_a_number};
  const auto matrix = after(ConfusionMatrix{}, 3, outputs, Ints{2, 0, 1, 2}, 3);
  CHECK(matrix.counts == std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(matrix.unclassified == std::vector<std::uint64_t>{1, 1, 1});
  CHECK(matrix.recall(0) == 0);
  CHECK(matrix.recall(2) == 0.5);
  CHECK(matrix.precision(2) == 1);
  CHECK(matrix.value() == doctest::Approx(0.5 / 3));
}

TEST_CASE("ConfusionMatrix of one row, of equal outputs, of nothing") {
  const auto one = after(ConfusionMatrix{}, 3, Doubles{0, 5, 1}, Ints{1});
  CHECK(one(1, 1) == 1);
  CHECK(one.value() == 1);  // the classes that don't occur don't count
  CHECK(one.recall(0) == 0);
  CHECK(one.precision(0) == 0);
  CHECK(one.f1(0) == 0);
  CHECK(after(ConfusionMatrix{}, 3, Doubles{2, 2, 2}, Ints{1})(1, 0) == 1);
  CHECK(ConfusionMatrix{}.value() == 0);
}

TEST_CASE("ConfusionMatrix refuses several outputs with a matrix of targets, and classes that aren't there") {
  CHECK(message_of<DataError>([] { after(ConfusionMatrix{}, 2, Doubles{1, 2}, Doubles{1, 0}); }) ==
        "ConfusionMatrix: 2 outputs with a matrix of targets, expected one logit, or class labels");
  const auto two = after(ConfusionMatrix{}, 2, Doubles{1, 2}, Ints{1});
  CHECK(message_of<DataError>([&] { two(0, 2); }) == "ConfusionMatrix: there is no class 2 of 2");
  CHECK(message_of<DataError>([&] { two.recall(5); }) == "ConfusionMatrix: there is no class 5 of 2");
  CHECK(message_of<DataError>([] { ConfusionMatrix{}.precision(0); }) == "ConfusionMatrix: there is no class 0 of 0");
}
