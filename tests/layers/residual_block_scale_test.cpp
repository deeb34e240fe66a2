// SPDX-License-Identifier: MIT
// A residual block's λ against what it is equal to: λ relu(x W + b) = relu(x λW + λb) for λ > 0, and λ (h V + c) =
// h λV + λc. So under Adam a run with λ is the run with λ = 1 in which, for the last Linear of each branch alone, the
// start is λ times as large, the rate too, ε and the gradient clip are divided by λ. A block that ignores λ fails, in
// forward or in backward.
#include "evomlp/data/make_circles.hpp"
#include "evomlp/init/init.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/repeat.hpp"
#include "evomlp/layers/residual_block.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/bce_with_logits_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/by_parameter.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/train/train_step.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace evomlp;

namespace {

template <Real lambda>
using Net = Sequential<Linear<2, 8>, ReLU, Repeat<2, ResidualBlock<lambda, Linear<8, 8>, ReLU>>,
                       ResidualBlock<lambda, Linear<8, 4>, Tanh, Linear<4, 8>>, Linear<8, 1>>;

constexpr bool ends_branch(std::string_view key) { return key.starts_with("2.") || key.starts_with("3.body.2."); }

auto adam(double factor) {
  return by_parameter(Adam{.lr = 1e-3}, [factor](Adam rule, const ParameterInfo& parameter) {
    if (ends_branch(parameter.key)) {
      rule.lr *= factor;
      rule.eps /= factor;
    }
    return rule;
  });
}
auto clipped_adam(double factor) {
  const auto clip = by_parameter(ClipGradValue{0.02}, [factor](ClipGradValue policy, const ParameterInfo& parameter) {
    if (ends_branch(parameter.key)) policy.max /= factor;
    return policy;
  });
  return chain(clip, adam(factor));
}

/// The largest relative difference over `steps` steps of 16 circles' points, between the parameters of a run with λ and
/// those of its control, which has λ = 1 and the factor λ elsewhere. Compared 20 times on the way, so that two runs
/// that only end alike are told apart.
template <Real lambda, class T>
double difference(int steps, auto optimizer, std::uint64_t* elements_clipped = nullptr) {
  const double factor = lambda.value();
  const auto data = make_circles<T>({.n_samples = 16, .noise = 0.1, .factor = 0.3, .seed = 2});
  Model<Net<lambda>, T> model(init::he_normal(), 3);
  Model<Net<1>, T> control;
  const auto scale_of = [&](const ParameterInfo& parameter) { return ends_branch(parameter.key) ? factor : 1; };
  for (const ParameterInfo& parameter : parameter_table<Net<1>>)
    for (std::size_t i = parameter.offset; i < parameter.offset + parameter.size; ++i)
      control.parameters()[i] = static_cast<T>(scale_of(parameter) * static_cast<double>(model.parameters()[i]));

  State state(model, optimizer(1.0), {.max_batch = 16});
  State control_state(control, optimizer(factor), {.max_batch = 16});
  double largest = 0;
  for (int step = 1; step <= steps; ++step) {
    train_step(model, state, BCEWithLogitsLoss{}, data.x, data.y);
    train_step(control, control_state, BCEWithLogitsLoss{}, data.x, data.y);
    if (step % (steps / 20) != 0) continue;
    for (const ParameterInfo& parameter : parameter_table<Net<1>>)
      for (std::size_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
        const double expected = scale_of(parameter) * static_cast<double>(model.parameters()[i]);
        const double got = static_cast<double>(control.parameters()[i]);
        if (got == expected) continue;
        largest = (std::max)(largest, std::abs(got - expected) / (std::max)(std::abs(expected), 0.1));
      }
  }
  if (elements_clipped) {
    *elements_clipped = state.clip_count().clipped;
    CHECK(control_state.clip_count().clipped == *elements_clipped);
  }
  return largest;
}

constexpr auto plain = [](double factor) { return adam(factor); };
constexpr auto clipped = [](double factor) { return clipped_adam(factor); };
/// The same settings for both: what the comparison must not let through.
constexpr auto not_scaled = [](double) { return adam(1); };

}  // namespace

TEST_CASE("lambda = 4 is lambda = 1 with start, rate, eps and clip scaled: bit for bit over 1000 steps") {
  std::uint64_t elements_clipped = 0;
  CHECK(difference<4, float>(1000, plain) == 0);
  CHECK(difference<4, float>(1000, clipped, &elements_clipped) == 0);
  CHECK(elements_clipped > 1000);
}

TEST_CASE("lambda = 5 is lambda = 1 with start, rate, eps and clip scaled: to 1e-12 over 100 steps in double") {
  std::uint64_t elements_clipped = 0;
  CHECK(difference<5, double>(100, plain) < 1e-12);
  CHECK(difference<5, double>(100, clipped, &elements_clipped) < 1e-12);
  CHECK(elements_clipped > 1000);
}

TEST_CASE("the rate must be scaled too, and be seen to be") { CHECK(difference<4, float>(100, not_scaled) > 0.01); }
