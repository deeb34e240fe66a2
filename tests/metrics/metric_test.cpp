// SPDX-License-Identifier: MIT
// Metrics in evaluate and fit, a user's own among them.
#include "evomlp/metrics/metric.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/metrics/confusion_matrix.hpp"
#include "evomlp/metrics/mae.hpp"
#include "evomlp/metrics/r2.hpp"
#include "evomlp/metrics/rmse.hpp"
#include "evomlp/metrics/top_k_accuracy.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/train/fit.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace evomlp;
using evomlp_test::message_of;
using evomlp_test::same_bits;
using evomlp_test::two_classes;
using evomlp_test::two_sides;

namespace {

using Net = Sequential<Linear<3, 1>>;
using Classes = Sequential<Linear<3, 2>>;

// The example of metric.hpp.
struct LargestError {
  static constexpr std::string_view name = "largest error";
  static constexpr bool larger_is_better = false;
  double largest = 0;
  void add(auto y, auto target) {
    for (std::size_t i = 0; i < y.rows; ++i)
      for (std::size_t j = 0; j < y.cols; ++j) largest = std::max<double>(largest, std::abs(y(i, j) - target(i, j)));
  }
  double value() const { return largest; }
};

/// One with a setting.
struct ShareWithin {
  static constexpr std::string_view name = "share within";
  static constexpr bool larger_is_better = true, takes_labels = false;
  double tolerance = 0;
  std::size_t within = 0, all = 0;
  void add(auto y, auto target) {
    for (std::size_t i = 0; i < y.rows; ++i, ++all) within += std::abs(y(i, 0) - target(i, 0)) <= tolerance ? 1 : 0;
  }
  double value() const { return static_cast<double>(within) / static_cast<double>(all); }
};

struct NoValue {
  static constexpr std::string_view name = "no value";
  static constexpr bool larger_is_better = false;
  void add(auto, auto) {}
};

static_assert(Metric<LargestError> && Metric<ShareWithin> && !Metric<NoValue> && !Metric<int>);

}  // namespace

TEST_CASE("metrics in evaluate, over any number of rows") {
  const Model<Net, double> model(init::he_normal(), 3);
  for (const std::size_t n : {1u, 255u, 256u, 257u, 600u}) {
    CAPTURE(n);
    const auto data = two_sides<double>(n, 3);
    const auto y = predict(model, data.x);
    double absolute = 0, squares = 0, largest = 0;
    std::size_t within = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double error = std::abs(y(i, 0) - data.y(i, 0));
      absolute += error;
      squares += error * error;
      largest = (std::max)(largest, error);
      within += error <= 0.5 ? 1 : 0;
    }
    const double count = static_cast<double>(n);
    const auto result =
        evaluate(model, data, MSELoss{}, MAE{}, LargestError{}, RMSE{}, R2{}, ShareWithin{.tolerance = 0.5});
    CHECK(result.loss == doctest::Approx(squares / count).epsilon(1e-12));
    CHECK(result.get<MAE>().value() == doctest::Approx(absolute / count).epsilon(1e-12));
    CHECK(result.get<RMSE>().value() == doctest::Approx(std::sqrt(squares / count)).epsilon(1e-12));
    CHECK(result.get<LargestError>().value() == largest);
    CHECK(result.get<ShareWithin>().value() == doctest::Approx(static_cast<double>(within) / count));
    CHECK(result.get<R2>().value() <= 1);
  }
}

TEST_CASE("metrics of class labels in evaluate") {
  const Model<Classes> model(init::he_normal(), 3);
  const auto data = two_classes<float>(300, 3);
  const auto result =
      evaluate(model, data, CrossEntropyLoss{}, TopKAccuracy<1>{}, TopKAccuracy<2>{}, ConfusionMatrix{});
  CHECK(result.get<TopKAccuracy<1>>().value() == doctest::Approx(result.accuracy).epsilon(1e-12));
  CHECK(result.get<TopKAccuracy<2>>().value() == 1);
  const auto& matrix = result.get<ConfusionMatrix>();
  CHECK(matrix(0, 0) + matrix(0, 1) + matrix(1, 0) + matrix(1, 1) == 300);
  CHECK(static_cast<double>(matrix(0, 0) + matrix(1, 1)) / 300 == doctest::Approx(result.accuracy));
}

TEST_CASE("metrics in fit: a figure for each epoch, in callbacks and History, and a metric can be watched") {
  struct Watcher {
    std::vector<double> seen{};
    std::vector<std::string> names{};
    void on_epoch(const EpochReport& report) {
      names.clear();
      for (const MetricValue& metric : report.metrics) names.emplace_back(metric.name);
      seen.push_back(report.metrics[1].value);
    }
  } watcher;
  const auto data = two_sides<float>(40, 3), validation = two_sides<float>(30, 3, 1, 2);
  Model<Net> model(init::he_normal(), 1);
  evomlp_test::Recorder<Model<Net>> recorder{&model};
  RMSE rmse;
  const History history =
      fit(model, data, MSELoss{}, Adam{.lr = 0.1},
          {.epochs = 6, .batch_size = 8, .validation = &validation, .monitor = Monitor::metric("largest error")}, rmse,
          watcher, LargestError{}, recorder);
  CHECK(rmse.count == 0);  // what is given stays as it is
  CHECK(history.metric_names() == std::vector<std::string>{"rmse", "largest error"});
  CHECK(watcher.names == history.metric_names());
  CHECK(history.metric("largest error") == watcher.seen);
  REQUIRE(history.metric("rmse").size() == 6);
  for (std::size_t epoch = 0; epoch < 6; ++epoch) {
    CHECK(history.metric("rmse")[epoch] == doctest::Approx(std::sqrt(history.validation_loss[epoch])).epsilon(1e-6));
    CHECK(history.metric("largest error")[epoch] ==
          evaluate(recorder.after[epoch], validation, MSELoss{}, LargestError{}).get<LargestError>().value());
  }
  const auto best = std::min_element(watcher.seen.begin(), watcher.seen.end()) - watcher.seen.begin();
  CHECK(history.best_epoch() == best);
  CHECK(same_bits(model, recorder.after[static_cast<std::size_t>(best)]));
  CHECK(message_of<Error>([&] { static_cast<void>(history.metric("mae")); }) ==
        "History: no metric is called 'mae', expected one of those given to fit: rmse, largest error");
}

TEST_CASE("metrics need validation data, and a watched one must be given") {
  const auto data = two_sides<float>(40, 3);
  Model<Net> model(init::he_normal(), 1);
  CHECK(message_of<TrainingError>([&] { fit(model, data, MSELoss{}, Adam{}, {.epochs = 1}, MAE{}); }) ==
        "fit: the metric 'mae' is evaluated on the validation data, but there is none: set .validation");
  CHECK(message_of<TrainingError>([&] {
          fit(model, data, MSELoss{}, Adam{}, {.epochs = 1, .validation = &data, .monitor = Monitor::metric("r2")},
              MAE{});
        }) == "fit: monitor watches the metric 'r2', but fit was given none of that name");
}
