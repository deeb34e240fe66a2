// SPDX-License-Identifier: MIT
// Signal and gradient of chains of y = a x + b, worked out by hand, on networks of the library.
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

/// L = the output.
struct Output {
  static auto value(auto y, auto /*t*/) { return y; }
  static double slope(auto /*y*/, auto /*t*/) { return 1; }
};

struct Chain {
  std::vector<double> signals;    // x, then after each layer
  std::vector<double> gradients;  // dL/dx, then at the output of each layer
};

/// Every layer, or every block's F, is a x + b.
template <class Net>
Chain run(double a, double b, double x = 1) {
  Model<Net, double> model;
  for (std::size_t i = 0; i < model.parameters().size(); i += 2) {
    model.parameters()[i] = a;
    model.parameters()[i + 1] = b;
  }
  const xt::xtensor<double, 2> input{{x}}, unused{{0}};
  const auto found = gradient(model, Output{}, input, unused);
  Chain chain{{x}, {found.x(0, 0)}};
  // What moves a bias moves its layer's output just as much.
  for (std::size_t i = 1; i < found.parameters.size(); i += 2) chain.gradients.push_back(found.parameters[i]);
  Workspace<Net, double> workspace(1);
  walk(model, workspace, input, [&](const auto& node, auto, auto y) {
    if (!node.path.empty() && node.path.find("body") == std::string::npos) chain.signals.push_back(y(0, 0));
  });
  REQUIRE(chain.signals.size() == chain.gradients.size());
  CHECK(chain.signals.back() == doctest::Approx(found.loss).epsilon(1e-15));
  return chain;
}

template <int depth>
using Plain = Sequential<Repeat<depth, Linear<1, 1>>>;
template <int depth>
using Residual = Sequential<Repeat<depth, ResidualBlock<1, Linear<1, 1>>>>;

void check_close(double found, double expected) { CHECK(found == doctest::Approx(expected).epsilon(1e-12).scale(0)); }

TEST_CASE("ten layers of 0.8 x + 0.1 against ten of x + (0.2 x + 0.05)") {
  const Chain plain = run<Plain<10>>(0.8, 0.1), residual = run<Residual<10>>(0.2, 0.05);
  check_close(plain.gradients[0], 0.1073741824);
  check_close(residual.gradients[0], 6.1917364224);
  check_close(residual.gradients[0] / plain.gradients[0], 57.6650390625);  // 1.5^10
  check_close(plain.signals[10], 0.5536870912);
  check_close(residual.signals[10], 7.489670528);
  for (int layer = 0; layer <= 10; ++layer) {
    const auto at = static_cast<std::size_t>(layer);
    check_close(plain.gradients[at], std::pow(0.8, 10 - layer));
    check_close(residual.gradients[at], std::pow(1.2, 10 - layer));
    check_close(plain.signals[at], 0.5 + 0.5 * std::pow(0.8, layer));        // fixed point 0.5
    check_close(residual.signals[at], -0.25 + 1.25 * std::pow(1.2, layer));  // fixed point -0.25
  }
}

TEST_CASE("(a + 1)^10: the residual chain's gradient by its slope") {
  check_close(run<Residual<10>>(-0.8, 0).gradients[0], 1.024e-7);
  check_close(run<Residual<10>>(-0.5, 0).gradients[0], 9.765625e-4);
  check_close(run<Residual<10>>(-0.2, 0).gradients[0], 0.1073741824);
  check_close(run<Residual<10>>(0, 0).gradients[0], 1);
  check_close(run<Residual<10>>(0.2, 0).gradients[0], 6.1917364224);
}

TEST_CASE("a hundred layers: 0.99 survives, 0.8 vanishes, and the +1 explodes") {
  check_close(run<Plain<100>>(0.99, 0).gradients[0], 0.3660323412732295);
  check_close(run<Plain<100>>(0.8, 0).gradients[0], 2.037035976334486e-10);
  check_close(run<Residual<100>>(0.2, 0).gradients[0], 82817974.52201454);
}

}  // namespace
