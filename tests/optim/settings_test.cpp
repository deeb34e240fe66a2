// SPDX-License-Identifier: MIT
// Settings of rules and policies that can't be meant are refused before the first step, wherever they stand.
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/mse_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/adamw.hpp"
#include "evomlp/optim/by_parameter.hpp"
#include "evomlp/optim/chain.hpp"
#include "evomlp/optim/clip.hpp"
#include "evomlp/optim/decay.hpp"
#include "evomlp/optim/freeze.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/rmsprop.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/optim/switch_after.hpp"
#include "evomlp/train/fit.hpp"
#include "evomlp/train/train_step.hpp"
#include "support/training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <string>

using namespace evomlp;
using evomlp_test::message_of;

namespace {

using Net = Sequential<Linear<3, 4>, Tanh, Linear<4, 1>>;
constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();
const std::string none = "(no such exception)", not_negative = ", expected a finite number of at least 0",
                  below_one = ", expected at least 0 and below 1", above_zero = ", expected more than 0";

/// What a State says of a rule or a chain.
std::string refused(auto chain_or_rule) {
  const Model<Net> model;
  return message_of<TrainingError>([&] { State state(model, chain_or_rule, {.max_batch = 1}); });
}

/// A user's, which allows what ours don't.
struct Ascent {
  double lr = -1;
  static constexpr std::size_t state = 0;
  auto at(Step) const {
    return [lr = lr](auto g, auto) { return lr * g; };
  }
};
/// A user's, which looks at itself.
struct Shift {
  double by = 0;
  void check() const {
    if (by == 0) throw TrainingError("Shift: by is 0");
  }
  auto on_gradient(Step) const {
    return [by = by](auto g, auto) { return g + by; };
  }
};

}  // namespace

TEST_CASE("rules: rates, shares and eps") {
  CHECK(refused(SGD{.lr = -1e-9}) == "SGD: lr is -1e-09" + not_negative);
  CHECK(refused(SGD{.lr = not_a_number}) == "SGD: lr is nan" + not_negative);
  CHECK(refused(SGD{.lr = infinity}) == "SGD: lr is inf" + not_negative);
  CHECK(refused(Momentum{.lr = -0.1}) == "Momentum: lr is -0.1" + not_negative);
  CHECK(refused(Momentum{.momentum = 1}) == "Momentum: momentum is 1" + below_one);
  CHECK(refused(Momentum{.momentum = -0.5}) == "Momentum: momentum is -0.5" + below_one);
  CHECK(refused(Adam{.lr = -1}) == "Adam: lr is -1" + not_negative);
  CHECK(refused(Adam{.beta1 = 1}) == "Adam: beta1 is 1" + below_one);
  CHECK(refused(Adam{.beta2 = not_a_number}) == "Adam: beta2 is nan" + below_one);
  CHECK(refused(Adam{.eps = -1e-8}) == "Adam: eps is -1e-08" + not_negative);
  CHECK(refused(AdamW{.lr = infinity}) == "AdamW: lr is inf" + not_negative);
  CHECK(refused(AdamW{.beta1 = -0.9}) == "AdamW: beta1 is -0.9" + below_one);
  CHECK(refused(AdamW{.beta2 = 1.5}) == "AdamW: beta2 is 1.5" + below_one);
  CHECK(refused(AdamW{.eps = not_a_number}) == "AdamW: eps is nan" + not_negative);
  CHECK(refused(AdamW{.weight_decay = -0.01}) == "AdamW: weight_decay is -0.01" + not_negative);
  CHECK(refused(RMSprop{.lr = -1}) == "RMSprop: lr is -1" + not_negative);
  CHECK(refused(RMSprop{.alpha = 1}) == "RMSprop: alpha is 1" + below_one);
  CHECK(refused(RMSprop{.eps = not_a_number}) == "RMSprop: eps is nan" + not_negative);
}

TEST_CASE("policies: bounds and penalties") {
  CHECK(refused(chain(ClipGradValue{-1}, SGD{})) == "ClipGradValue: max is -1" + above_zero);
  CHECK(refused(chain(ClipGradNorm{0}, SGD{})) == "ClipGradNorm: max is 0" + above_zero);
  CHECK(refused(chain(SGD{}, ClipUpdateValue{not_a_number})) == "ClipUpdateValue: max is nan" + above_zero);
  CHECK(refused(chain(L1{-0.5}, SGD{})) == "L1: lambda is -0.5" + not_negative);
  CHECK(refused(chain(L2{infinity}, SGD{})) == "L2: lambda is inf" + not_negative);
  CHECK(refused(chain(SGD{}, ProximalL1{-1})) == "ProximalL1: lambda is -1" + not_negative);
}

TEST_CASE("what has a meaning is taken") {
  CHECK(refused(SGD{.lr = 0}) == none);
  CHECK(refused(Momentum{.momentum = 0}) == none);
  CHECK(refused(AdamW{.beta1 = 0, .beta2 = 0, .eps = 0, .weight_decay = 0}) == none);
  CHECK(refused(chain(Freeze<"0">{}, ClipGradNorm{infinity}, L1{}, L2{}, SGD{}, ClipUpdateValue{1e-30},
                      ProximalL1{})) == none);
}

TEST_CASE("inside what is made of others") {
  CHECK(refused(switch_after(3, Adam{.beta1 = 2}, SGD{})) == "Adam: beta1 is 2" + below_one);
  CHECK(refused(switch_after(3, Adam{}, Momentum{.momentum = 2})) == "Momentum: momentum is 2" + below_one);
  auto later = switch_after(3, Adam{}, SGD{});
  later.lr = not_a_number;
  CHECK(refused(later) == "switch_after: lr is nan" + not_negative);

  const auto unchanged = [](auto policy, const ParameterInfo&) { return policy; };
  CHECK(refused(chain(by_parameter(L2{-1}, unchanged), SGD{})) == "L2: lambda is -1" + not_negative);
  const auto ascends_at_the_end = [](SGD rule, const ParameterInfo& parameter) {
    if (parameter.key == "2.bias") rule.lr = -rule.lr;
    return rule;
  };
  const std::string at_the_end = "by_parameter: for 2.bias: SGD: lr is -0.01" + not_negative;
  CHECK(refused(by_parameter(SGD{}, ascends_at_the_end)) == at_the_end);
  CHECK(refused(switch_after(3, Adam{}, by_parameter(SGD{}, ascends_at_the_end))) == at_the_end);
  CHECK(refused(by_parameter(switch_after(3, Adam{}, SGD{.lr = -1}), unchanged)) == "SGD: lr is -1" + not_negative);
}

TEST_CASE("a user's own: checked if it says how") {
  CHECK(refused(Ascent{}) == none);
  CHECK(refused(chain(Shift{1}, Ascent{})) == none);
  CHECK(refused(chain(Shift{}, Ascent{})) == "Shift: by is 0");
  CHECK(refused(by_parameter(Ascent{}, [](Ascent rule, const ParameterInfo&) { return rule; })) == none);
}

TEST_CASE("fit refuses them with the model unchanged") {
  const auto data = evomlp_test::two_sides<float>(20, 3);
  Model<Net> model(init::he_normal(), 1);
  const Model<Net> before = model;
  CHECK(message_of<TrainingError>([&] { fit(model, data, MSELoss{}, chain(ClipGradValue{-1}, Adam{})); }) ==
        "ClipGradValue: max is -1" + above_zero);
  CHECK(evomlp_test::same_bits(model, before));
}
