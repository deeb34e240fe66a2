// SPDX-License-Identifier: MIT
// A hundred steps on a net with BatchNorm, against an independent framework.
#include "evomlp/layers/batch_norm1d.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/relu.hpp"
#include "evomlp/layers/sequential.hpp"
#include "evomlp/layers/tanh.hpp"
#include "evomlp/losses/cross_entropy_loss.hpp"
#include "evomlp/optim/adam.hpp"
#include "evomlp/optim/momentum.hpp"
#include "evomlp/optim/sgd.hpp"
#include "evomlp/train/train_step.hpp"
#include "reference/trajectories.hpp"
#include "support/close.hpp"
#include "support/reference_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<6, 9>, BatchNorm1d<9>, ReLU, Linear<9, 7>, Tanh, BatchNorm1d<7>, Linear<7, 3>>;

/// The largest relative error of a loss, and the trained model.
template <class T, class Isa>
std::pair<double, Model<Net, T>> train(const evomlp_reference::TrajectoryCase& c, auto rule) {
  Model<Net, T> model = evomlp_test::model_of<Net, T>(c.entries, c.parameters);
  State state(model, rule, {.max_batch = static_cast<int>(c.batch_size)});
  const std::vector<T> x = evomlp_test::as<T>(c.x);
  double worst = 0;
  for (std::size_t step = 0; step < c.losses.size(); ++step) {
    const std::size_t first = step * c.batch_size % c.rows;
    const double loss =
        evomlp::detail::step_on<Isa>(model, state, CrossEntropyLoss{}, x.data() + first * c.in_features, c.batch_size,
                                     evomlp::detail::LabelView{c.labels.data() + first, c.batch_size});
    worst = (std::max)(worst, std::abs(loss - c.losses[step]) / c.losses[step]);
  }
  return {worst, model};
}

/// `wandering`: how far Adam carries rounding in a bias straight before a BatchNorm, whose gradient is nothing else,
/// and in the running mean behind it (tests/reference/README.md).
template <class Isa>
void check_double(const evomlp_reference::TrajectoryCase& c, auto rule) {
  INFO(std::string(c.chain));
  const auto [worst, model] = train<double, Isa>(c, rule);
  CHECK(worst < 1e-9);
  const auto check = [&, &trained = model](std::span<const evomlp_reference::Entry> entries,
                                           std::span<const double> numbers) {
    for (const auto& entry : entries) {
      const std::string_view key = entry.key;
      INFO(std::string(key));
      const bool wanders = key == "0.bias" || key == "1.running_mean";
      const auto expected = numbers.subspan(entry.offset, entry.size);
      const auto got = evomlp_test::numbers_of(trained, std::span(&entry, 1));
      if (wanders)
        CHECK(evomlp_test::difference(got, expected, 1) < 1e-8);
      else
        CHECK(evomlp_test::difference(got, expected) < 1e-9);
    }
  };
  check(c.entries, c.final_parameters);
  check(c.buffer_entries, c.final_buffers);
}

}  // namespace

#define EVOMLP_CHECK_DOUBLE(name, ...) check_double<Isa>(evomlp_reference::name, __VA_ARGS__);
#define EVOMLP_CHECK_FLOAT(name, ...) \
  CHECK(train<float, isa::ThisTarget>(evomlp_reference::name, __VA_ARGS__).first < 2e-3);

TEST_CASE("100 steps of SGD, momentum and Adam: losses, parameters and running statistics to 1e-9") {
  using Isa = isa::ThisTarget;
  EVOMLP_REFERENCE_TRAJECTORIES(EVOMLP_CHECK_DOUBLE)
}

TEST_CASE("the same without SIMD and BLAS") {
  using Isa = isa::Plain;
  EVOMLP_REFERENCE_TRAJECTORIES(EVOMLP_CHECK_DOUBLE)
}

// Momentum's trajectory multiplies rounding by some thousands: 3e-5 to 5e-4, depending on the instruction set.
TEST_CASE("in float the losses stay close") { EVOMLP_REFERENCE_TRAJECTORIES(EVOMLP_CHECK_FLOAT) }
