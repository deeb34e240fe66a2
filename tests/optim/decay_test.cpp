// SPDX-License-Identifier: MIT
#include "evomlp/optim/decay.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/drive_chain.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace evomlp;
using evomlp_test::drive;

namespace {

using Net = Linear<7, 1, false>;
using Doubles = std::vector<double>;
const Doubles zero(7, 0.0);

}  // namespace

TEST_CASE("L1 adds lambda sign(w), nothing at 0") {
  CHECK(drive<Net, double>(chain(L1{.lambda = 0.25}, SGD{.lr = 1}), Doubles{1, -1, 0, 2, -2, -0.0, 0.125}).step(zero) ==
        Doubles{0.75, -0.75, 0, 1.75, -1.75, 0, -0.125});
}

TEST_CASE("L2 adds 2 lambda w") {
  CHECK(drive<Net, double>(chain(L2{.lambda = 0.25}, SGD{.lr = 0.5}), Doubles{1, -1, 0, 2, -2, 4, 8}).step(zero) ==
        Doubles{0.75, -0.75, 0, 1.5, -1.5, 3, 6});
}

TEST_CASE("ProximalL1 shrinks by lr lambda and gives exact zeros, which L1 never reaches") {
  const Doubles start = {1, -1, 0, 0.125, -0.125, 0.0625, -0.0625};
  auto proximal = drive<Net, double>(chain(SGD{.lr = 0.5}, ProximalL1{.lambda = 0.25}), start);
  const auto after = proximal.step(zero);
  CHECK(after == Doubles{0.875, -0.875, 0, 0, 0, 0, 0});
  for (std::size_t i = 2; i < 7; ++i) CHECK(!std::signbit(after[i] + 0.0));
  for (int i = 0; i < 20; ++i) proximal.step(zero);
  CHECK(proximal.weights() == zero);

  auto penalty = drive<Net, double>(chain(L1{.lambda = 0.3}, SGD{.lr = 0.5}), start);
  for (int i = 0; i < 100; ++i) penalty.step(zero);
  CHECK(std::count(penalty.weights().begin(), penalty.weights().end(), 0.0) == 1);  // the one that began there
  for (const double w : penalty.weights()) CHECK(std::abs(w) <= 0.15);
}

TEST_CASE("ProximalL1 is applied after the update, and keeps a NaN") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const auto after = drive<Net, double>(chain(SGD{.lr = 1}, ProximalL1{.lambda = 1}), Doubles(7, 2.0))
                         .step(Doubles{0, 1, 1.5, 3, 4, -1, not_a_number});
  CHECK(Doubles(after.begin(), after.end() - 1) == Doubles{1, 0, 0, 0, -1, 2});
  CHECK(std::isnan(after[6]));
}

TEST_CASE("AdamW decays beside the moments, L2 inside them") {
  const Doubles start(7, 2.0);
  auto beside = drive<Net, double>(AdamW{.lr = 0.1, .weight_decay = 0.5}, start);
  for (const double w : beside.step(zero)) CHECK(w == doctest::Approx(2 * (1 - 0.1 * 0.5)).epsilon(1e-15));
  for (const double m : beside.state(0)) CHECK(m == 0);
  auto inside = drive<Net, double>(chain(L2{.lambda = 0.25}, Adam{.lr = 0.1}), start);
  for (const double w : inside.step(zero))
    CHECK(w == doctest::Approx(1.9).epsilon(1e-8));  // a step of lr, whatever the size
  for (const double m : inside.state(0)) CHECK(m == doctest::Approx(0.1));
}
