// SPDX-License-Identifier: MIT
// The tent map composed 6 times: six layers of three ReLUs are it, exactly; one layer needs more units than 63.
#include "../../examples/lab/support/tent_map.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace evomlp;

namespace {

/// x = i / steps.
xt::xtensor<double, 2> grid(std::size_t steps) {
  auto x = make_matrix<double>(steps + 1, 1);
  for (std::size_t i = 0; i <= steps; ++i) x(i, 0) = static_cast<double>(i) / static_cast<double>(steps);
  return x;
}

template <class Net>
double largest_error(std::size_t steps) {
  Model<Net, double> model(init::he_normal(), 1);  // whatever was there before
  lab::construct(model);
  const auto x = grid(steps);
  const auto y = predict(model, x);
  double largest = 0;
  for (std::size_t i = 0; i <= steps; ++i) largest = std::max(largest, std::abs(y(i, 0) - lab::tent(x(i, 0), 6)));
  return largest;
}

}  // namespace

TEST_CASE("The tent map has its teeth") {
  CHECK(lab::tent(0.25, 1) == 0.5);
  CHECK(lab::tent(0.75, 1) == 0.5);
  CHECK(lab::tent(0.5, 6) == 0);
  CHECK(lab::tent(1.0 / 64, 6) == 1);
  CHECK(lab::tent(3.0 / 128, 6) == 0.5);
}

TEST_CASE("The constructions are the tent map composed 6 times, exactly where numbers are, else to rounding") {
  static_assert(lab::DeepTent::num_parameters == 70);
  static_assert(lab::WideTent::num_parameters == 193);
  CHECK(largest_error<lab::DeepTent>(4096) == 0);
  CHECK(largest_error<lab::WideTent>(4096) == 0);
  CHECK(largest_error<lab::DeepTent>(999) < 1e-12);
  CHECK(largest_error<lab::WideTent>(999) < 1e-12);
}

TEST_CASE("It has 64 pieces, of which one layer of 63 ReLUs can make every corner, but not the slope") {
  Model<lab::DeepTent, double> deep;
  lab::construct(deep);
  const auto y = predict(deep, grid(4096));
  std::vector<double> values;
  for (std::size_t i = 0; i < y.shape()[0]; ++i) values.push_back(y(i, 0));
  CHECK(lab::monotone_pieces(values) == 64);
  CHECK(lab::monotone_pieces(std::vector{0.0, 1.0, 2.0, 2.0, 3.0}) == 1);
  CHECK(lab::monotone_pieces(std::vector{0.0, 1.0, 1.0, 0.5, 2.0}) == 3);
  CHECK(lab::monotone_pieces(std::vector{1.0, 1.0}) == 0);

  // Without its first unit the wide net has the corners: the error is a straight line, 64 x.
  Model<lab::WideTent, double> wide;
  lab::construct(wide);
  parameter(wide, "2.weight")(0, 0) = 0;
  const auto without = predict(wide, grid(4096));
  CHECK(without(1, 0) == 0);
  CHECK(without(4096, 0) == -64);
}
