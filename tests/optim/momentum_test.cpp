// SPDX-License-Identifier: MIT
#include "evomlp/optim/momentum.hpp"

#include "evomlp/layers/linear.hpp"
#include "evomlp/optim/sgd.hpp"
#include "support/draw.hpp"
#include "support/drive_chain.hpp"

#include <doctest/doctest.h>

#include <span>
#include <vector>

using namespace evomlp;
using evomlp_test::drive;

namespace {

using Net = Linear<7, 1, false>;
using Doubles = std::vector<double>;

}  // namespace

TEST_CASE("at a constant lr the two forms of momentum are one") {
  // PyTorch's: v = mu v + g, w -= lr v. The other: v = mu v - lr g, w += v. Nesterov there: w += mu v - lr g.
  const double lr = 0.05, mu = 0.9;
  evomlp_test::Draw draw(1);
  Doubles w(7), v(7, 0.0), nesterov_w, nesterov_v(7, 0.0);
  draw.fill_normal(std::span(w));
  nesterov_w = w;
  auto driver = drive<Net, double>(Momentum{.lr = lr, .momentum = mu}, w);
  auto nesterov = drive<Net, double>(Momentum{.lr = lr, .momentum = mu, .nesterov = true}, w);
  for (int step = 0; step < 100; ++step) {
    Doubles g(7);
    draw.fill_normal(std::span(g));
    driver.step(g);
    nesterov.step(g);
    for (std::size_t i = 0; i < 7; ++i) {
      v[i] = mu * v[i] - lr * g[i];
      w[i] += v[i];
      nesterov_v[i] = mu * nesterov_v[i] - lr * g[i];
      nesterov_w[i] += mu * nesterov_v[i] - lr * g[i];
      REQUIRE(driver.weights()[i] == doctest::Approx(w[i]).epsilon(1e-13));
      REQUIRE(nesterov.weights()[i] == doctest::Approx(nesterov_w[i]).epsilon(1e-13));
    }
  }
}

TEST_CASE("momentum of 0 is SGD") {
  const Doubles start(7, 1.0), g = {1, 2, 3, -4, 5, 0, 7};
  CHECK(drive<Net, double>(Momentum{.lr = 0.5, .momentum = 0}, start).step(g) ==
        drive<Net, double>(SGD{.lr = 0.5}, start).step(g));
}

TEST_CASE("v is a sum with gain 1 / (1 - mu), not an average") {
  auto driver = drive<Net, double>(Momentum{.lr = 0, .momentum = 0.9}, Doubles(7, 0.0));
  for (int i = 0; i < 400; ++i) driver.step(Doubles(7, 1.0));
  for (const double v : driver.state(0)) CHECK(v == doctest::Approx(10).epsilon(1e-12));
}
