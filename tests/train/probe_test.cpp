// SPDX-License-Identifier: MIT
// Probes given to fit.
#include <doctest/doctest.h>
#include <evomlp/evomlp.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace evomlp;

namespace {

using Net = Sequential<Linear<2, 6>, BatchNorm1d<6>, ReLU, Dropout<0.3>,
                       Repeat<2, ResidualBlock<0.5, Linear<6, 6>, Tanh>>, Linear<6, 1>>;

const Dataset<double> moons = make_moons<double>({.n_samples = 50, .noise = 0.1, .seed = 1});
const FitOptions options{.epochs = 3, .batch_size = 16, .seed = 5};

/// Compares the gradients it sees with those of the step that follows.
struct SameAsTheStep {
  std::vector<double> seen;  // of the last layer's weight
  std::size_t looked = 0, steps = 0;
  int every = 1;

  bool before_step(const SchedulePoint& point, const auto&, const auto& state) {
    CHECK(point.lr == 0.01);
    CHECK(state.step() == static_cast<std::uint64_t>(point.steps_done()));
    seen.clear();
    return static_cast<int>(state.step()) % every == 0;
  }
  void backward(const auto& node, auto, auto, auto, auto) {
    using L = typename std::remove_cvref_t<decltype(node)>::Layer;
    if (node.path != "5") return;
    ++looked;
    if constexpr (requires { node.grad[L::weight].rows; }) {
      const auto g = node.grad[L::weight];
      for (std::size_t i = 0; i < g.rows; ++i) seen.push_back(g(i, 0));
    }
  }
  void on_step(const StepReport&, const auto&, const auto& state) {
    ++steps;
    const auto all = state.gradients();
    for (std::size_t i = 0; i < seen.size(); ++i)
      CHECK(seen[i] == doctest::Approx(all[all.size() - 7 + i]).epsilon(1e-12));
  }
};

}  // namespace

TEST_CASE("fit with a probe: the same run, bit for bit; what it sees is what the step does") {
  Model<Net, double> looked_at(init::he_normal(), 3), left_alone = looked_at;
  SameAsTheStep probe;
  const History with = fit(looked_at, moons, BCEWithLogitsLoss{}, Adam{.lr = 0.01}, options, probe);
  const History without = fit(left_alone, moons, BCEWithLogitsLoss{}, Adam{.lr = 0.01}, options);
  CHECK(looked_at == left_alone);
  CHECK(with.loss == without.loss);
  CHECK(probe.looked == 12);  // 3 epochs of 4 steps
  CHECK(probe.steps == 12);
}

TEST_CASE("fit with a probe: before_step says which steps it looks at") {
  Model<Net, double> model(init::he_normal(), 3);
  SameAsTheStep every_fifth;
  every_fifth.every = 5;
  fit(model, moons, BCEWithLogitsLoss{}, Adam{.lr = 0.01}, options, every_fifth);
  CHECK(every_fifth.looked == 3);
  CHECK(every_fifth.steps == 12);
}

static_assert(Probe<SameAsTheStep> && !Probe<EarlyStopping> && !Probe<MAE> && !Probe<ProgressBar>);
static_assert(detail::Extras<SameAsTheStep>::observes && !detail::Extras<EarlyStopping, MAE>::observes);
