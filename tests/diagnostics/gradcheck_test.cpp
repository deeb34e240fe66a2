// SPDX-License-Identifier: MIT
// gradcheck itself: it must find a wrong backward, name the worst entry, and take every kind of loss.
#include "evomlp/evomlp.hpp"
#include "support/batch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

using namespace evomlp;
using evomlp_test::normal_batch;

namespace {

/// A tanh whose slope is off by the factor 1 + error.
template <Real error>
struct WrongTanh {
  static auto value(auto z) { return tanh(z); }
  static auto slope_from_value(auto y) { return (1 + error.value()) * (1 - y * y); }
};

/// A Linear that forgets its bias's gradient, one of its weight, or dx.
struct ForgetsBias : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
    grad[bias][1] = 0;
  }
};
struct ForgetsWeight : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
    grad[weight](2, 1) = 0;
  }
};
struct ForgetsInput : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
    if (dx.rows != 0) dx(1, 2) = 0;
  }
};

/// Adds to the bias's gradient instead of overwriting it; or forgets to write a part of dx.
struct AddsToBias : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    const auto before = grad[bias][0];
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
    grad[bias][0] += before;
  }
};
struct WritesNoInput : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    dx.rows = 0;
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
  }
};
/// Right only where somebody asks for dx.
struct NeedsInput : Linear<3, 2> {
  static void backward(auto self, auto grad, auto x, auto y, auto dy, auto dx) {
    Linear<3, 2>::backward(self, grad, x, y, dy, dx);
    if (dx.rows == 0) grad[bias][1] = 0;
  }
};

template <class Net>
GradCheck check(const GradCheckOptions& options = {}) {
  const Model<Net, double> model(init::normal(0, 0.7), 1);
  return gradcheck(model, MSELoss{}, normal_batch<double>(4, Net::in_features, 1),
                   normal_batch<double>(4, Net::out_features, 2), options);
}

}  // namespace

TEST_CASE(
    "gradcheck finds a slope that is off by a hundredth, a thousandth, ten millionths, and not one that is right") {
  CHECK(check<Sequential<Linear<3, 5>, WrongTanh<0.01>, Linear<5, 2>>>().worst == doctest::Approx(0.01).epsilon(0.05));
  CHECK(check<Sequential<Linear<3, 5>, WrongTanh<0.001>, Linear<5, 2>>>().worst ==
        doctest::Approx(0.001).epsilon(0.05));
  CHECK(check<Sequential<Linear<3, 5>, WrongTanh<1e-5>, Linear<5, 2>>>().worst > 5e-6);
  CHECK(check<Sequential<Linear<3, 5>, WrongTanh<0>, Linear<5, 2>>>().worst < 1e-8);
  CHECK(check<Sequential<Linear<3, 5>, WrongTanh<-1>, Linear<5, 2>>>().worst == doctest::Approx(1));
}

TEST_CASE("gradcheck names the entry, what backward says and what the difference quotient says") {
  const GradCheck bias = check<Sequential<ForgetsBias, Tanh>>();
  CHECK(bias.key == "0.bias");
  CHECK(bias.index == 1);
  CHECK(bias.analytic == 0);
  CHECK(bias.numeric != 0);
  CHECK(bias.worst == doctest::Approx(1));
  const GradCheck x = check<Sequential<ForgetsInput, Tanh>>();
  CHECK(x.key == "x");
  CHECK(x.index == 1 * 3 + 2);
  CHECK(x.worst == doctest::Approx(1));
}

TEST_CASE(
    "gradcheck finds what is added to instead of overwritten, what isn't written, and what is right with dx only") {
  CHECK(check<Sequential<AddsToBias, Tanh>>().key == "0.bias");
  CHECK(!(check<Sequential<AddsToBias, Tanh>>().worst < 1e-6));
  CHECK(check<Sequential<WritesNoInput, Tanh>>().key == "x");
  CHECK(!(check<Sequential<WritesNoInput, Tanh>>().worst < 1e-6));
  CHECK(check<Sequential<NeedsInput, Tanh>>().key == "0.bias");
  CHECK(check<Sequential<NeedsInput, Tanh>>().worst == doctest::Approx(1));
}

TEST_CASE("gradcheck writes an entry as PyTorch does, in a line") {
  const GradCheck bias = check<Sequential<ForgetsBias, Tanh>>();
  CHECK(bias.entry == "[1]");
  CHECK(check<Sequential<ForgetsInput, Tanh>>().entry == "[1, 2]");  // sample, feature
  const GradCheck weight = check<Sequential<ForgetsWeight, Tanh>>();
  CHECK(weight.index == 2 * 2 + 1);  // [in, out]
  CHECK(weight.entry == "[1, 2]");   // [out, in]
  CHECK(GradCheck{3.14159e-10, "0.weight", 4, 0.25, 1e-7, "[2, 0]"}.to_string() ==
        "worst relative error 3.1e-10 at 0.weight[2, 0]: 0.25 by backward, 1e-07 by differences\n");
  CHECK(GradCheck{}.to_string() == "no gradient differs from its difference\n");
  const std::string nan = check<Sequential<WritesNoInput, Tanh>>().to_string();
  CHECK(nan.starts_with("worst relative error nan at x[0, 0]: nan by backward, "));
}

TEST_CASE("gradcheck calls a NaN the worst of all") {
  Model<Sequential<Linear<3, 2>, ReLU>, double> model(init::he_normal(), 1);
  model.parameters()[4] = std::numeric_limits<double>::quiet_NaN();
  const GradCheck result = gradcheck(model, MSELoss{}, normal_batch<double>(4, 3, 1), normal_batch<double>(4, 2, 2));
  CHECK(std::isnan(result.worst));
  CHECK(!(result.worst < 1e-6));
}

namespace {

/// Max(0, 1 − t y), which forgets to write the slope 0 where the margin is kept.
struct ForgetfulHinge {
  double operator()(auto y, auto t, auto dy) const {
    double sum = 0;
    for (std::size_t i = 0; i < y.rows; ++i) {
      const double margin = 1 - t(i, 0) * y(i, 0);
      if (margin <= 0) continue;
      sum += margin;
      if (dy.rows != 0) dy(i, 0) = -t(i, 0) / static_cast<double>(y.rows);
    }
    return sum / static_cast<double>(y.rows);
  }
};

}  // namespace

TEST_CASE("gradcheck finds what a loss doesn't write") {
  Model<Sequential<Linear<1, 1>>, double> model;
  model.parameters()[0] = 1;
  const xt::xtensor<double, 2> kept{{3}, {-3}}, violated{{0.1}, {-0.1}}, targets{{1}, {-1}};
  CHECK(std::isnan(gradcheck(model, ForgetfulHinge{}, kept, targets).worst));
  CHECK(gradcheck(model, ForgetfulHinge{}, violated, targets).worst < 1e-6);
}

TEST_CASE("gradcheck takes labels and any loss, and leaves the model as it was") {
  using Net = Sequential<Linear<3, 5>, BatchNorm1d<5>, Tanh, Dropout<0.25>, Linear<5, 4>>;
  const Model<Net, double> model(init::he_normal(), 1);
  const auto before = model;
  const auto x = normal_batch<double>(6, 3, 1);
  Labels labels = make_labels(6);
  for (std::size_t i = 0; i < 6; ++i) labels(i) = static_cast<std::int32_t>(i % 4);
  CHECK(gradcheck(model, CrossEntropyLoss{}, x, labels).worst < 1e-6);
  auto targets = make_matrix<double>(6, 4);
  targets.fill(0.25);
  CHECK(gradcheck(model, BCEWithLogitsLoss{}, x, targets, {.seed = 3}).worst < 1e-6);
  CHECK(gradcheck(model, MSELoss{.reduction = Reduction::half_sum_per_sample}, x, targets).worst < 1e-6);
  CHECK(gradcheck(model, MSELoss{}, 0.5 * x, targets, {.step = 1e-3}).worst < 1e-6);
  CHECK(model == before);
}

TEST_CASE("gradcheck of a float model differs by the rounding of backward alone") {
  const auto worst = []<class Net>(Net, std::size_t batch) {
    const Model<Net, float> model(init::normal(0, 0.7f), 1);
    return gradcheck(model, MSELoss{}, normal_batch<float>(batch, 3, 1), normal_batch<float>(batch, 2, 2)).worst;
  };
  CHECK(worst(Sequential<Linear<3, 2>, WrongTanh<0>>{}, 4) < 1e-4);
  CHECK(worst(Sequential<Linear<3, 2>, WrongTanh<0.01>>{}, 4) > 5e-3);
  // A bias before BatchNorm1d: its gradient is 0 but for rounding.
  CHECK(worst(Sequential<Linear<3, 9>, BatchNorm1d<9>, Tanh, Dropout<0.25>, Linear<9, 2>>{}, 64) < 5e-3);
  CHECK(worst(Sequential<Linear<3, 9>, ReLU, Linear<9, 9>, ReLU, Linear<9, 2>>{}, 64) < 5e-3);
}

TEST_CASE("gradcheck says what doesn't fit") {
  const Model<Sequential<Linear<3, 2>>, double> model;
  CHECK_THROWS_WITH_AS(gradcheck(model, MSELoss{}, make_matrix<double>(4, 2), make_matrix<double>(4, 2)),
                       "gradcheck: x has shape (4, 2), expected (batch, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(gradcheck(model, MSELoss{}, make_matrix<double>(4, 3), make_matrix<double>(5, 2)),
                       "gradcheck: y has 5 rows, x has 4", ShapeError);
  CHECK_THROWS_WITH_AS(gradcheck(model, MSELoss{}, make_matrix<double>(4, 3), make_matrix<double>(4, 1)),
                       "gradcheck: y has shape (4, 1), expected (batch, 2)", ShapeError);
  CHECK_THROWS_AS(gradcheck(model, MSELoss{}, make_matrix<double>(0, 3), make_matrix<double>(0, 2)), ShapeError);
}
